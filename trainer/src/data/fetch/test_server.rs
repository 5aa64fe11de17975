//! A server for the tests of fetching: what it is to answer in, an address on this machine out.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

/// Answers `requests` requests, each with the bytes that `content` returns for its path.
pub(super) fn serve(requests: usize, content: impl Fn(&str) -> Vec<u8> + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().take(requests) {
            let mut stream = stream.unwrap();
            let mut request = BufReader::new(stream.try_clone().unwrap()).lines();
            let path = request.next().unwrap().unwrap().split(' ').nth(1).unwrap().to_owned();
            request.take_while(|line| line.as_ref().is_ok_and(|line| !line.is_empty())).for_each(drop);
            let body = content(&path);
            let length = body.len();
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n")
                .unwrap();
            stream.write_all(&body).unwrap();
        }
    });
    address
}

//! Downloads a file of a set from a public address.
//!
//! In comes an address under which the files of a set lie, out go the bytes of one file, unpacked or as they are. A silent or
//! endless server is given up: no download waits for ever or fills the memory.

use std::io::Read;
use std::time::Duration;

use flate2::read::GzDecoder;

use crate::data::fetch::remote_sets::SetFile;
use crate::data::fetch::source_error::SourceError;
use crate::data::fetch::verified_file::LARGEST_FILE;
use crate::process::progress::Transfer;

/// The time within which a server must be found and reached; one that isn't is not there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The time after which a silent server has gone away.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(30);

/// Returns the content of a file that lies, gzipped, under `address`.
pub(super) fn download(address: &str, file: &SetFile) -> Result<Vec<u8>, SourceError> {
    let mut content = Vec::new();
    let packed = reader(&format!("{address}/{}.gz", file.name), file.name)?;
    GzDecoder::new(packed).take(LARGEST_FILE).read_to_end(&mut content)?;
    Ok(content)
}

/// Returns the bytes of the file called `name` under `address` as they are.
pub(super) fn download_packed(address: &str, name: &str) -> Result<Vec<u8>, SourceError> {
    let mut content = Vec::new();
    reader(&format!("{address}/{name}"), name)?.read_to_end(&mut content)?;
    Ok(content)
}

/// Returns a reader of what lies at `url`, which shows its progress as that of `name`.
fn reader(url: &str, name: &str) -> Result<impl Read + use<>, SourceError> {
    let config = ureq::Agent::config_builder()
        .timeout_resolve(Some(CONNECT_TIMEOUT))
        .timeout_connect(Some(CONNECT_TIMEOUT))
        .timeout_recv_response(Some(SILENCE_TIMEOUT))
        .build();
    let response =
        ureq::Agent::from(config).get(url).call().map_err(|error| SourceError::Http(error.into()))?;
    let body = response.into_body();
    let transfer = Transfer::start(name, body.content_length());
    let counted = transfer.count(body.into_reader());
    Ok(Counted { counted, _transfer: transfer }.take(LARGEST_FILE))
}

/// A reader whose progress is shown for as long as it is read.
struct Counted<R> {
    counted: R,
    _transfer: Transfer,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.counted.read(buffer)
    }
}

//! Downloads a file of a set from a public address.
//!
//! In comes an address under which the files of a set lie gzipped, out go the bytes of one file, unpacked. A silent or
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
    let config = ureq::Agent::config_builder()
        .timeout_resolve(Some(CONNECT_TIMEOUT))
        .timeout_connect(Some(CONNECT_TIMEOUT))
        .timeout_recv_response(Some(SILENCE_TIMEOUT))
        .build();
    let url = format!("{address}/{}.gz", file.name);
    let response =
        ureq::Agent::from(config).get(&url).call().map_err(|error| SourceError::Http(error.into()))?;
    let body = response.into_body();
    let transfer = Transfer::start(file.name, body.content_length());
    let mut content = Vec::new();
    GzDecoder::new(transfer.count(body.into_reader()).take(LARGEST_FILE))
        .take(LARGEST_FILE)
        .read_to_end(&mut content)?;
    Ok(content)
}

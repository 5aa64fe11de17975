//! What the preprocessing makes of picture files, for `scripts/check-pillow` to compare.
//!
//! In: lines of `CHANNELS HEIGHT WIDTH RESIZE PATH` on standard input. Out: for each line the bytes `[channels, height, width]`
//! of the picture as a data set and a board see it, one after another on standard output.
//!
//!     cargo run --release -p imago-tests --example preprocessed_bytes <LIST >BYTES

use std::error::Error;
use std::io::{BufRead, Write, stdin, stdout};

use models::picture::{DEFAULT_MAX_PIXELS, preprocessing, read_picture};
use models::{ImageInput, Resize};

fn main() -> Result<(), Box<dyn Error>> {
    let mut output = stdout().lock();
    for line in stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.splitn(5, ' ').collect();
        let [channels, height, width, resize, path] = words[..] else {
            return Err(format!("expected CHANNELS HEIGHT WIDTH RESIZE PATH, found {line}").into());
        };
        let shape = [channels.parse()?, height.parse()?, width.parse()?];
        let input = ImageInput::version_2(shape, resize.parse::<Resize>()?);
        let picture = read_picture(path.as_ref(), DEFAULT_MAX_PIXELS)?;
        output.write_all(&preprocessing::to_bytes(&picture, &input)?)?;
    }
    Ok(())
}

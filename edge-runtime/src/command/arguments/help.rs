//! What the help says below the list of arguments: examples, formats, exit statuses. No line is longer than 80 characters,
//! since a terminal of 80 columns shows them as they are.

/// Below the help of the program.
pub(super) const EXAMPLES: &str = "\
Examples:
  edge-runtime classify seven.png
  edge-runtime classify --top 3 --format json scans/ > answers.jsonl
  edge-runtime classify --model student-f16.onnx --recursive ~/pictures
  find . -name '*.jpg' -print0 | edge-runtime classify -
  edge-runtime info
  edge-runtime self-test && edge-runtime bench

Exit status:
  0  every picture was classified; the self-test passed
  1  some file could not be read, the others were classified; it failed
  2  the arguments or the model cannot be used";

/// Below the help of `classify`.
pub(super) const PICTURES: &str = "\
Pictures:
  PNG, JPEG, BMP, WebP, GIF and TIFF files, known by their content; of an
  animation the first frame. Any size will do: the picture is brought to the
  model's size as the model's contract says (shown by `edge-runtime info`):
  fitted whole, cut to fill, stretched, or by its ink. For the built-in
  digits, ink and ground are told apart, the ink is cut out, scaled in
  proportion and centred as in MNIST; in a picture that has the model's size
  already the ink stays where it is. A sheet with nothing on it is unsure.
  EXIF orientation is applied.
  A folder stands for the png, jpg, jpeg, jpe, jfif, bmp, dib, webp, gif, tif
  and tiff files in it, sorted by name.
  Hidden files and other litter are passed over; what else is there and not
  read is counted in one line at the end.
  - stands for standard input: one picture, or a list of files and folders,
  one a line, or each ending in a NUL as `find -print0` writes them. A file
  of that name is ./-

Formats:
  text  aligned columns: path, label, probability; further guesses below
  json  one object a line, always with these keys:
          path           as it was given or found; - for standard input
          label          of the likeliest class, or unsure
          unsure         true or false, see --min-confidence; true too where
                         there is nothing on the picture
          probability    of the likeliest class, 0 to 1
          top            [{\"label\", \"probability\"}], the likeliest first
          probabilities  of all classes, in the order of the model's labels
        and path_percent, the exact bytes as in a URL, where a path is no
        UTF-8
  csv   path,rank,label,probability with a header line; a row a guess, rank
        1 is the likeliest; rank 0 has the label unsure. A cell that begins
        with an apostrophe holds what follows it; after '% that is written as
        in a URL. So no spreadsheet runs a cell, and each file can be found

  Answers come in the order of the input, whatever the number of threads,
  each as soon as it is there. A file that cannot be read has no answer: it
  is named on standard error, with the reason, and the others go on. A large
  picture waits until there is memory for it; one that takes more than
  --max-memory has no answer.

Examples:
  edge-runtime classify seven.png
  edge-runtime classify --top 3 --min-confidence 0.9 scans/
  edge-runtime classify --format csv --recursive scans/ > answers.csv
  find . -name '*.jpg' -print0 | edge-runtime classify --format json -
  curl -s https://example.org/seven.png | edge-runtime classify -

Exit status:
  0  every picture was classified
  1  some file could not be read; the others were classified
  2  the arguments or the model cannot be used";

/// Below the help of `info`.
pub(super) const INFO: &str = "\
Shows the labels, what the model expects of a picture, where it comes from,
its layers and its SHA-256; then what the processor offers, what of it tract
has kernels for, and the matrix kernels that it has chosen for this model.

Examples:
  edge-runtime info
  edge-runtime info --model student-int8.onnx --format json";

/// Below the help of `self-test`.
pub(super) const SELF_TEST: &str = "\
A model file carries a few pictures and the probabilities that the trainer
computed for them. They are computed again, with this program on this machine.
One of them may come as a JPEG file, so that decoder and preprocessing are
tested too.

Exit status:
  0  the labels are the trainer's, the probabilities as close as they must be
  1  they are not: this program should not be trusted on this machine
  2  the model cannot be used, or has no such pictures";

/// Below the help of `bench`.
pub(super) const BENCH: &str = "\
Figures:
  inference   from a tensor to probabilities
  end to end  from a picture file's bytes to probabilities: decoding,
              preprocessing, inference
  p99         99 of 100 runs take at most as long

Without PATHs a picture of the model's own size is classified over and over: a
digit, or a drawn PNG for other models. What else runs on the machine is
measured too. For a report, paste the output as it is.

Examples:
  edge-runtime bench
  edge-runtime bench --seconds 10 --format json > board.json
  edge-runtime bench --model student-int8.onnx photos/";

//! The shipped files of `models/zoo/` that programs carry inside themselves, as bytes.
//!
//! Nothing comes in; out go one ONNX file and ten PNG files. They are compiled in, so that a program classifies and
//! demonstrates without any file beside it.

/// The shipped student as an ONNX file: its input is `[batch, 1, 28, 28]` from grey pictures, its output the
/// probabilities of the ten digits.
pub const STUDENT_ONNX: &[u8] = include_bytes!("../zoo/student.onnx");

/// Ten grey PNG files of 28×28 pixels, one for each digit from 0 to 9: the first image of that digit among MNIST's
/// validation images.
pub const DIGITS_PNG: [&[u8]; 10] = [
    include_bytes!("../zoo/digits/0.png"),
    include_bytes!("../zoo/digits/1.png"),
    include_bytes!("../zoo/digits/2.png"),
    include_bytes!("../zoo/digits/3.png"),
    include_bytes!("../zoo/digits/4.png"),
    include_bytes!("../zoo/digits/5.png"),
    include_bytes!("../zoo/digits/6.png"),
    include_bytes!("../zoo/digits/7.png"),
    include_bytes!("../zoo/digits/8.png"),
    include_bytes!("../zoo/digits/9.png"),
];

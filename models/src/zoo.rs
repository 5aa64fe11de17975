//! The shipped files of `models/zoo/` that programs carry inside themselves, as bytes.

/// The shipped student as an ONNX file: grey pictures of 28×28 pixels in, the probabilities of the ten digits out.
pub const STUDENT_ONNX: &[u8] = include_bytes!("../zoo/student.onnx");

/// One picture of each of the ten digits, in order, as 28×28 grey PNG files the first image of that digit among MNIST's validation images.
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

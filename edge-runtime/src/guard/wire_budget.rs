//! Counts what an ONNX protobuf would unfold to, from its bytes alone, before anything is decoded.
//!
//! Two bytes of protobuf can become a thousand bytes of decoded message, so a file of a few hundred megabytes could
//! fill any memory. Here every field is counted, down through the nested messages, with the fields' numbers from
//! [`onnx.proto3`](https://github.com/onnx/onnx/blob/v1.17.0/onnx/onnx.proto3). A network of a dozen layers has a few
//! hundred fields. Truncated files are noticed on the way.

use crate::model::{Mismatch, ModelProblem};

/// The most fields. The largest decoded message, an attribute, has about a kilobyte: 64 MiB in all.
const MOST_FIELDS: usize = 1 << 16;

/// The most bytes in texts, numbers and unknown fields, all that is no tensor's data. Packed numbers grow eightfold.
const MOST_OTHER_BYTES: usize = 1 << 24;

/// The deepest nesting; an attribute's tensor is the fifth level.
const DEEPEST: usize = 12;

/// The messages of ONNX that hold further messages, or tensor data.
#[derive(Clone, Copy)]
enum Message {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    SparseTensor,
    ValueInfo,
    Type,
    TensorType,
    Shape,
    TrainingInfo,
    Function,
    Annotation,
    Flat,
}

/// What a length-delimited field holds.
enum Content {
    Nested(Message),
    TensorData,
    Other,
}

impl Message {
    fn content(self, field: u64) -> Content {
        let nested = match (self, field) {
            (Self::Model, 7) | (Self::TrainingInfo, 1 | 2) | (Self::Attribute, 6 | 11) => Self::Graph,
            (Self::Model, 20) => Self::TrainingInfo,
            (Self::Model, 25) => Self::Function,
            (Self::Graph, 1) | (Self::Function, 7) => Self::Node,
            (Self::Graph, 5) | (Self::Attribute, 5 | 10) | (Self::SparseTensor, 1 | 2) => Self::Tensor,
            (Self::Graph, 15) | (Self::Attribute, 22 | 23) => Self::SparseTensor,
            (Self::Graph, 11..=13) => Self::ValueInfo,
            (Self::Graph, 14) => Self::Annotation,
            (Self::Node, 5) => Self::Attribute,
            (Self::ValueInfo, 2) | (Self::Attribute, 15) => Self::Type,
            (Self::Type, 1) => Self::TensorType,
            (Self::TensorType, 2) => Self::Shape,
            (Self::Model, 8 | 14)
            | (Self::Function, 9)
            | (Self::TrainingInfo, 3 | 4)
            | (Self::Annotation, 2)
            | (Self::Tensor, 3 | 13)
            | (Self::Shape, 1) => Self::Flat,
            (Self::Tensor, 4 | 9) => return Content::TensorData,
            _ => return Content::Other,
        };
        Content::Nested(nested)
    }
}

/// Refuses bytes that are no protobuf from end to end, and those that would unfold to more than they should.
pub(super) fn check(bytes: &[u8]) -> Result<(), ModelProblem> {
    Budget { fields: 0, other_bytes: 0 }.spend(Message::Model, bytes, 0)
}

struct Budget {
    fields: usize,
    other_bytes: usize,
}

impl Budget {
    fn spend(&mut self, message: Message, mut rest: &[u8], depth: usize) -> Result<(), ModelProblem> {
        if depth > DEEPEST {
            return Err(too_complex("nesting of messages", DEEPEST));
        }
        while !rest.is_empty() {
            let key = read_varint(&mut rest)?;
            self.fields += 1;
            if self.fields > MOST_FIELDS {
                return Err(too_complex("number of protobuf fields", MOST_FIELDS));
            }
            match key & 7 {
                0 => _ = read_varint(&mut rest)?,
                1 => _ = take(&mut rest, 8)?,
                5 => _ = take(&mut rest, 4)?,
                2 => {
                    let length = read_varint(&mut rest)?;
                    let content = take(&mut rest, length)?;
                    self.spend_content(message.content(key >> 3), content, depth)?;
                }
                other => return Err(ModelProblem::NotOnnx(format!("protobuf wire type {other}"))),
            }
        }
        Ok(())
    }

    fn spend_content(&mut self, content: Content, bytes: &[u8], depth: usize) -> Result<(), ModelProblem> {
        match content {
            Content::Nested(message) => self.spend(message, bytes, depth + 1),
            Content::TensorData => Ok(()),
            Content::Other => {
                self.other_bytes += bytes.len();
                match self.other_bytes > MOST_OTHER_BYTES {
                    true => Err(too_complex("bytes beside the tensors' data", MOST_OTHER_BYTES)),
                    false => Ok(()),
                }
            }
        }
    }
}

fn too_complex(place: &str, limit: usize) -> ModelProblem {
    ModelProblem::TooComplex(Mismatch::new(place, format!("at most {limit}"), "more"))
}

/// A number in base 128, least significant digits first, at most ten bytes.
fn read_varint(rest: &mut &[u8]) -> Result<u64, ModelProblem> {
    let mut value = 0u64;
    for digit in 0..10 {
        let byte = take(rest, 1)?[0];
        value |= u64::from(byte & 0x7f) << (7 * digit);
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(ModelProblem::NotOnnx("a protobuf number of more than ten bytes".to_owned()))
}

fn take<'bytes>(rest: &mut &'bytes [u8], length: u64) -> Result<&'bytes [u8], ModelProblem> {
    let length = usize::try_from(length).ok().filter(|length| *length <= rest.len());
    let Some(length) = length else {
        return Err(ModelProblem::NotOnnx("a protobuf field goes past the end".to_owned()));
    };
    let (taken, left) = rest.split_at(length);
    *rest = left;
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn refuses_a_small_file_that_unfolds_to_many_messages() {
        let graph: Vec<u8> = [0x0a, 0x00].repeat(70_000);
        let mut file = vec![0x3a];
        let mut length = graph.len();
        while length >= 0x80 {
            file.push(length as u8 | 0x80);
            length >>= 7;
        }
        file.push(length as u8);
        file.extend(graph);
        let message = check(&file).unwrap_err().to_string();
        assert_eq!(message, "number of protobuf fields: expected at most 65536, found more");
    }

    #[test]
    fn refuses_endless_texts_and_bottomless_nesting() {
        let mut text = vec![0x12, 0x80, 0x80, 0x80, 0x10];
        text.resize(text.len() + (32 << 20), b'x');
        assert!(check(&text).unwrap_err().to_string().contains("bytes beside the tensors' data"));
        // graph { node { attribute { g: graph { node { attribute { … : fields 1, 5 and 6.
        let mut nested = Vec::new();
        for level in 0..30 {
            let key = [0x32, 0x2a, 0x0a][level % 3];
            nested = [vec![key, nested.len() as u8], nested].concat();
        }
        let file = [vec![0x3a, nested.len() as u8], nested].concat();
        assert!(check(&file).unwrap_err().to_string().contains("nesting of messages"));
    }

    #[test]
    fn refuses_fields_that_go_past_the_end() {
        for bytes in [&[0x3a, 0x05, 0x00][..], &[0x08], &[0x09, 1, 2], &[0x0f], &[0xff; 12]] {
            assert!(check(bytes).unwrap_err().to_string().contains("expected an ONNX model"));
        }
    }
}

//! A protobuf file as a tree of fields that edits keep well-formed: a changed length would end nearly every attempt at the
//! decoder, before the checks that are worth reaching.

/// One field of a message.
#[derive(Debug, Clone)]
pub struct Field {
    number: u64,
    content: Content,
}

#[derive(Debug, Clone)]
enum Content {
    Varint(u64),
    Fixed(Vec<u8>, u64),
    Bytes(Vec<u8>),
    Message(Vec<Field>),
}

/// The deepest nesting that is taken apart.
const DEEPEST: usize = 8;

/// The fields of `bytes`; nothing where they are no message.
#[must_use]
pub fn parse(bytes: &[u8]) -> Option<Vec<Field>> {
    fields(bytes, 0)
}

fn fields(mut rest: &[u8], depth: usize) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    while !rest.is_empty() {
        let key = varint(&mut rest)?;
        let content = match key & 7 {
            0 => Content::Varint(varint(&mut rest)?),
            1 => Content::Fixed(take(&mut rest, 8)?.to_vec(), 1),
            5 => Content::Fixed(take(&mut rest, 4)?.to_vec(), 5),
            2 => {
                let length = varint(&mut rest)?;
                let bytes = take(&mut rest, usize::try_from(length).ok()?)?;
                let nested =
                    if depth < DEEPEST && bytes.len() > 1 { self::fields(bytes, depth + 1) } else { None };
                nested.map_or_else(|| Content::Bytes(bytes.to_vec()), Content::Message)
            }
            _ => return None,
        };
        fields.push(Field { number: key >> 3, content });
    }
    Some(fields)
}

/// The message of `fields`, every length right.
#[must_use]
pub fn encode(fields: &[Field]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for Field { number, content } in fields {
        match content {
            Content::Varint(value) => {
                put_varint(number << 3, &mut bytes);
                put_varint(*value, &mut bytes);
            }
            Content::Fixed(value, kind) => {
                put_varint(number << 3 | kind, &mut bytes);
                bytes.extend(value);
            }
            Content::Bytes(value) => put_delimited(*number, value, &mut bytes),
            Content::Message(fields) => put_delimited(*number, &encode(fields), &mut bytes),
        }
    }
    bytes
}

/// One edit, chosen by `script`, which gets shorter: where to go, then what to do there.
pub fn edit(fields: &mut Vec<Field>, script: &mut &[u8]) -> Option<()> {
    let index = usize::from(next(script)?) % fields.len().max(1);
    let field = fields.get_mut(index)?;
    if let Content::Message(nested) = &mut field.content
        && next(script)? % 8 != 0
    {
        return edit(nested, script);
    }
    match next(script)? % 6 {
        0 => {
            fields.remove(index);
        }
        1 => {
            let copy = fields[index].clone();
            fields.insert(index, copy);
        }
        2 => {
            let other = usize::from(next(script)?) % fields.len();
            fields.swap(index, other);
        }
        3 => {
            let other = usize::from(next(script)?) % fields.len();
            fields[index].content = fields[other].content.clone();
        }
        4 => fields[index].number = u64::from(next(script)?),
        _ => change(&mut fields[index].content, script)?,
    }
    Some(())
}

fn change(content: &mut Content, script: &mut &[u8]) -> Option<()> {
    match content {
        Content::Varint(value) => {
            let byte = next(script)?;
            let interesting = [0, 1, 2, 255, 65_535, 1 << 26, u64::MAX, 1 << 63, 1 << 31];
            *value = match byte % 3 {
                0 => u64::from(next(script)?),
                1 => interesting[usize::from(next(script)?) % interesting.len()],
                _ => value.wrapping_add(1),
            };
        }
        Content::Fixed(bytes, _) | Content::Bytes(bytes) => {
            let place = usize::from(u16::from_le_bytes([next(script)?, next(script)?]));
            match next(script)? % 4 {
                0 => bytes.truncate(place % (bytes.len() + 1)),
                1 => bytes.insert(place % (bytes.len() + 1), next(script)?),
                _ if bytes.is_empty() => bytes.push(next(script)?),
                _ => {
                    let place = place % bytes.len();
                    bytes[place] = next(script)?;
                }
            }
        }
        Content::Message(fields) => fields.clear(),
    }
    Some(())
}

fn next(script: &mut &[u8]) -> Option<u8> {
    let (first, rest) = script.split_first()?;
    *script = rest;
    Some(*first)
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for digit in 0..10 {
        let byte = take(rest, 1)?[0];
        value |= u64::from(byte & 0x7f).wrapping_shl(7 * digit);
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

fn take<'bytes>(rest: &mut &'bytes [u8], length: usize) -> Option<&'bytes [u8]> {
    let (taken, left) = rest.split_at_checked(length)?;
    *rest = left;
    Some(taken)
}

fn put_varint(mut value: u64, bytes: &mut Vec<u8>) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

fn put_delimited(number: u64, content: &[u8], bytes: &mut Vec<u8>) {
    put_varint(number << 3 | 2, bytes);
    put_varint(content.len() as u64, bytes);
    bytes.extend(content);
}

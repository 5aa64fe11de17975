//! The command that converts pictures of formats that are not read.
//!
//! In come the folder of a set and the formats in it, out goes a command for a shell: it copies the tree beside the original,
//! class folders and all, and replaces in the copy what can't be read by JPEG files, upright as their camera held them. The
//! original stays as it is.

use std::collections::BTreeMap;
use std::path::Path;

/// How a format is converted: the ends of its names, the Debian package of the program, and the program's command for the
/// file `"$0"`. A HEIC file may hold several pictures: the first is meant.
const PROGRAMS: [(&str, &[&str], &str, &str); 3] = [
    ("HEIC", &["heic", "heif", "hif"], "imagemagick", r#"convert "$0[0]" -auto-orient "$0.jpg""#),
    ("AVIF", &["avif"], "imagemagick", r#"convert "$0[0]" -auto-orient "$0.jpg""#),
    ("JPEG XL", &["jxl"], "libjxl-tools", r#"djxl "$0" "$0.jpg""#),
];

/// Returns the command that converts the pictures of these `formats` below `root`, on lines of less than 80 characters where
/// the folder's name is short; `None` where there is nothing to convert.
pub(super) fn command(root: &Path, formats: &BTreeMap<&'static str, usize>) -> Option<String> {
    let root = root.to_str()?.trim_end_matches('/');
    let (from, to) = (quoted(root), quoted(&format!("{root}-converted")));
    let programs = PROGRAMS.iter().filter(|(format, ..)| formats.contains_key(format));
    let finds: Vec<String> = programs
        .map(|(_, ends, package, program)| {
            let names: Vec<String> = ends.iter().map(|end| format!("-iname '*.{end}'")).collect();
            let names = names.join(" -o ");
            format!("find {to} -type f \\( {names} \\) \\\n  -exec sh -c '{program} && rm \"$0\"' {{}} \\; # {package}")
        })
        .collect();
    (!finds.is_empty()).then(|| format!("cp -r {from} {to}\n{}", finds.join("\n")))
}

/// Returns a path as one word of a shell.
fn quoted(path: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
    match path.bytes().all(is_plain) && !path.starts_with('-') {
        true => path.to_owned(),
        false => format!("'{}'", path.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_copied_and_what_cannot_be_read_is_replaced_in_the_copy() {
        let command = command(Path::new("photos/"), &BTreeMap::from([("HEIC", 3), ("other", 1)])).unwrap();
        let expected = "cp -r photos photos-converted\n\
            find photos-converted -type f \\( -iname '*.heic' -o -iname '*.heif' -o -iname '*.hif' \\) \\\n  \
            -exec sh -c 'convert \"$0[0]\" -auto-orient \"$0.jpg\" && rm \"$0\"' {} \\; # imagemagick";
        assert_eq!(command, expected);
    }

    #[test]
    fn nothing_to_convert_is_no_command() {
        assert_eq!(command(Path::new("photos"), &BTreeMap::new()), None);
    }

    #[test]
    fn a_folder_with_a_quote_in_its_name_stays_one_word() {
        assert_eq!(quoted("a's photos"), r"'a'\''s photos'");
        assert_eq!(quoted("/data/a_b-c.d"), "/data/a_b-c.d");
    }
}

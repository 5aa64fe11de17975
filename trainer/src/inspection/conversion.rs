//! The command that converts pictures of formats that are not read.
//!
//! In come the folder of a set and the formats in it, out goes a command for a shell: it copies the tree beside the original,
//! class folders and all, and replaces in the copy what can't be read by JPEG files, upright as their camera held them. The
//! original stays as it is.

use std::collections::BTreeMap;
use std::path::Path;

use super::shell_word::shell_word;

/// A program that converts pictures of some formats.
struct Converter {
    /// The formats, with the patterns of their names.
    formats: &'static [(&'static str, &'static [&'static str])],
    /// The Debian package of the program.
    package: &'static str,
    /// The command for the file `"$0"`. A HEIC file may hold several pictures: the first is meant.
    command: &'static str,
}

const CONVERTERS: [Converter; 2] = [
    Converter {
        formats: &[("HEIC", &["*.hei[cf]", "*.hif"]), ("AVIF", &["*.avif"])],
        package: "imagemagick",
        command: r#"convert "$0[0]" -auto-orient "$0.jpg""#,
    },
    Converter {
        formats: &[("JPEG XL", &["*.jxl"])],
        package: "libjxl-tools",
        command: r#"djxl "$0" "$0.jpg""#,
    },
];

/// Returns the command that converts the pictures of these `formats` below `root`, on lines of less than 80 characters where
/// the folder's name is short; `None` where there is nothing to convert.
pub(super) fn command(root: &Path, formats: &BTreeMap<&'static str, usize>) -> Option<String> {
    // A folder beside `.` has a name only where `.` has one.
    let root =
        if root.ends_with("..") || root.file_name().is_none() { &root.canonicalize().ok()? } else { root };
    let root = root.to_str()?.trim_end_matches('/');
    let (from, to) = (shell_word(root), shell_word(&format!("{root}-converted")));
    let mut lines = vec![format!("cp -r {from} {to}")];
    for Converter { formats: known, package, command } in &CONVERTERS {
        let is_there = |(format, _): &&(&str, &[&str])| formats.contains_key(format);
        let patterns = known.iter().filter(is_there).flat_map(|(_, patterns)| *patterns);
        let names: Vec<String> = patterns.map(|pattern| format!("-iname '{pattern}'")).collect();
        if !names.is_empty() {
            let names = names.join(" -o ");
            lines.push(format!("find {to} -type f \\( {names} \\) \\"));
            lines.push(format!("  -exec sh -c '{command} && rm \"$0\"' {{}} \\;  # apt install {package}"));
        }
    }
    (lines.len() > 1).then(|| lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_copied_and_what_cannot_be_read_is_replaced_in_the_copy() {
        let command = command(Path::new("photos/"), &BTreeMap::from([("HEIC", 3), ("other", 1)])).unwrap();
        let expected = "cp -r photos photos-converted\n\
            find photos-converted -type f \\( -iname '*.hei[cf]' -o -iname '*.hif' \\) \\\n  \
            -exec sh -c 'convert \"$0[0]\" -auto-orient \"$0.jpg\" && rm \"$0\"' {} \\;  # apt install imagemagick";
        assert_eq!(command, expected);
    }

    #[test]
    fn nothing_to_convert_is_no_command() {
        assert_eq!(command(Path::new("photos"), &BTreeMap::new()), None);
    }
}

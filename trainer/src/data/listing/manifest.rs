//! A manifest: a file with a line for each picture, CSV or JSON lines.
//!
//! In comes a CSV file with the columns `path` and `label`, and perhaps `split` and `group`, or a file with a JSON object of
//! these keys a line; out goes its [`Listing`]. Paths are below the folder of the manifest. Each way in which a line can be
//! wrong is named with its number: a table that was made by hand has such lines.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::{Component, Path, PathBuf};

use models::storage::printable::{PrintablePath, printable};

use super::class_list::{check_parts, classes};
use super::class_names;
use super::folder::FileKind;
use super::listing::{ListedPicture, Listing, Part, Stamp};
use super::listing_error::ListingError;

/// The columns that are read.
const COLUMNS: [&str; 4] = ["path", "label", "split", "group"];

/// The columns that are known and passed over: what a board's answers have beside the path.
const PASSED_OVER: [&str; 3] = ["answer", "probability", "model"];

/// The largest manifest, in bytes: ten million lines.
const LARGEST_MANIFEST: u64 = 1 << 30;

/// The longest line of JSON lines, in bytes.
const LONGEST_LINE: usize = 1 << 20;

/// One line of a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    number: u64,
    path: String,
    label: String,
    split: Option<String>,
    group: Option<String>,
}

/// Returns whether a file of this name is taken for a manifest.
pub(crate) fn is_manifest_name(path: &Path) -> bool {
    let endings = ["csv", "tsv", "jsonl", "ndjson", "json"];
    path.extension().is_some_and(|found| endings.iter().any(|known| found.eq_ignore_ascii_case(known)))
}

/// Lists the pictures that the manifest at `path` names.
///
/// # Errors
/// [`ListingError`] for a manifest that cannot be read, or for the first line that cannot be used.
pub(crate) fn list(path: &Path) -> Result<Listing, ListingError> {
    let lines = lines(path)?;
    let root = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut listing = Listing::empty(root, path);
    let file = path.printable();
    let at =
        |line: &Line, problem: String| ListingError::Line { file: file.clone(), line: line.number, problem };
    if lines.is_empty() {
        let problem = "expected a line for each picture, found none".to_owned();
        return Err(ListingError::Manifest { file, problem });
    }
    let mut seen: HashMap<PathBuf, (u64, String)> = HashMap::new();
    for line in &lines {
        let relative = inside(&line.path).map_err(|problem| at(line, problem))?;
        class_names::check(&line.label).map_err(|problem| at(line, format!("label: {problem}")))?;
        if let Some((first, label)) = seen.insert(relative.clone(), (line.number, line.label.clone())) {
            return Err(at(line, listed_twice(line, first, &label)));
        }
    }
    let divided = lines.iter().filter(|line| line.split.is_some()).count();
    let (mut missing, mut unread) = (Missing::default(), BTreeMap::<&str, usize>::new());
    for line in &lines {
        let relative = inside(&line.path).map_err(|problem| at(line, problem))?;
        if divided > 0 && line.split.is_none() {
            let problem =
                format!("split: expected train, validation or test as in {divided} other lines, found none");
            return Err(at(line, problem));
        }
        let part = part(line.split.as_deref()).map_err(|problem| at(line, problem))?;
        let place = root.join(&relative);
        match fs::metadata(&place) {
            Ok(metadata) if metadata.is_file() => {
                // What is no picture is named when it is decoded: the manifest says that it is one.
                if FileKind::of(&place) == FileKind::Unsupported {
                    listing.left_out.file(&relative);
                    listing.unsupported.push(relative);
                    *unread.entry(&line.label).or_default() += 1;
                    continue;
                }
                let (stamp, group) = (Stamp::of(&metadata), line.group.clone());
                listing.pictures.push(ListedPicture { path: relative, label: 0, part, group, stamp });
                listing.classes.push(line.label.clone());
            }
            Ok(_) => {
                return Err(at(
                    line,
                    format!("path: expected a file, found something else: {}", printable(&line.path)),
                ));
            }
            Err(error) => missing.add(line, &error),
        }
    }
    missing.check(&file, lines.len())?;
    number(&mut listing, &file)?;
    lost_classes(&mut listing, &file, &unread);
    check_parts(&mut listing)?;
    Ok(listing)
}

/// Warns of classes all of whose pictures, so many each, are of formats that are not read.
fn lost_classes(listing: &mut Listing, file: &str, unread: &BTreeMap<&str, usize>) {
    let lost = unread.iter().filter(|(class, _)| !listing.classes.iter().any(|known| known == *class));
    let warnings: Vec<String> = lost
        .map(|(class, count)| {
            let class = printable(class);
            let pictures =
                if *count == 1 { "its picture is".to_owned() } else { format!("its {count} pictures are") };
            format!("{file}: class {class}: {pictures} in formats that are not read: no class")
        })
        .collect();
    listing.warnings.extend(warnings);
}

/// The files that a manifest names and that are not there.
#[derive(Debug, Default)]
struct Missing {
    count: usize,
    first: Option<(u64, String)>,
}

impl Missing {
    fn add(&mut self, line: &Line, error: &std::io::Error) {
        self.count += 1;
        self.first.get_or_insert_with(|| (line.number, format!("{}: {error}", printable(&line.path))));
    }

    fn check(self, file: &str, lines: usize) -> Result<(), ListingError> {
        let Some((line, first)) = self.first else { return Ok(()) };
        let others = match self.count {
            1 => String::new(),
            count => format!("; {count} of {lines} files are not there"),
        };
        let problem = format!(
            "path: expected a file that can be read, found {first}{others}; paths are below the folder of the manifest"
        );
        Err(ListingError::Line { file: file.to_owned(), line, problem })
    }
}

fn listed_twice(line: &Line, first: u64, label: &str) -> String {
    let path = printable(&line.path);
    match label == line.label {
        true => format!("path: expected each picture once, found {path} in line {first} too"),
        false => format!(
            "label: expected one label a picture, found '{}' for {path}, which is '{}' in line {first}; pictures of several \
             classes are not for a classifier: choose one label, or leave the picture out",
            printable(&line.label),
            printable(label)
        ),
    }
}

/// Numbers the classes in natural order, gives each picture its label, and sorts the pictures.
fn number(listing: &mut Listing, file: &str) -> Result<(), ListingError> {
    let of_picture = std::mem::take(&mut listing.classes);
    if of_picture.is_empty() {
        let problem = "expected pictures in formats that are read, found none".to_owned();
        return Err(ListingError::Manifest { file: file.to_owned(), problem });
    }
    let names = classes(of_picture.clone(), &listing.source)?;
    let labels: HashMap<&String, u16> =
        names.iter().enumerate().map(|(label, name)| (name, label as u16)).collect();
    for (picture, name) in listing.pictures.iter_mut().zip(&of_picture) {
        picture.label = labels.get(name).copied().unwrap_or(0);
    }
    listing.pictures.sort_by(|one, other| {
        (one.part, one.label).cmp(&(other.part, other.label)).then_with(|| one.path.cmp(&other.path))
    });
    listing.classes = names;
    Ok(())
}

/// Returns a path that stays below the folder of the manifest.
fn inside(text: &str) -> Result<PathBuf, String> {
    let mut path = PathBuf::new();
    for component in Path::new(text).components() {
        match component {
            Component::Normal(name) => path.push(name),
            Component::CurDir => {}
            _ => {
                return Err(format!(
                    "path: expected a path below the folder of the manifest, found {}",
                    printable(text)
                ));
            }
        }
    }
    if path.as_os_str().is_empty() || text.contains('\0') {
        return Err(format!("path: expected the path of a picture, found '{}'", printable(text)));
    }
    Ok(path)
}

fn part(split: Option<&str>) -> Result<Part, String> {
    match split.map(str::to_ascii_lowercase).as_deref() {
        None => Ok(Part::Undivided),
        Some("train" | "training") => Ok(Part::Training),
        Some("val" | "valid" | "validation" | "dev") => Ok(Part::Validation),
        Some("test" | "testing") => Ok(Part::Test),
        Some(other) => {
            Err(format!("split: expected train, validation or test, found '{}'", printable(other)))
        }
    }
}

fn lines(path: &Path) -> Result<Vec<Line>, ListingError> {
    let unreadable = |error: std::io::Error| ListingError::Unreadable {
        path: path.printable(),
        reason: error.to_string(),
    };
    let file = File::open(path).map_err(unreadable)?;
    let found = file.metadata().map_err(unreadable)?.len();
    if found > LARGEST_MANIFEST {
        let problem = format!("expected at most {LARGEST_MANIFEST} bytes, found {found}");
        return Err(ListingError::Manifest { file: path.printable(), problem });
    }
    let mut reader = BufReader::new(file.take(LARGEST_MANIFEST));
    if reader.fill_buf().map_err(unreadable)?.starts_with(b"\xef\xbb\xbf") {
        reader.consume(3);
    }
    let start = reader.fill_buf().map_err(unreadable)?;
    let first = start.iter().find(|byte| !byte.is_ascii_whitespace());
    match first {
        Some(b'{') => json_lines(path, reader),
        Some(b'[') => Err(ListingError::Manifest {
            file: path.printable(),
            problem: "expected a JSON object a line, found a list; `jq -c '.[]'` makes lines of it"
                .to_owned(),
        }),
        _ => csv_lines(path, reader),
    }
}

fn csv_lines(path: &Path, reader: impl Read) -> Result<Vec<Line>, ListingError> {
    let file = path.printable();
    let manifest = |problem| ListingError::Manifest { file: file.clone(), problem };
    let tabs = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("tsv"));
    let mut builder = csv::ReaderBuilder::new();
    builder.trim(csv::Trim::All).delimiter(if tabs { b'\t' } else { b',' });
    let mut table = builder.from_reader(reader);
    let header = table.headers().map_err(|error| of_csv(&file, &error))?.clone();
    for column in &header {
        let known = COLUMNS.contains(&column) || PASSED_OVER.contains(&column);
        if !known {
            let hint = if column.contains(';') { "; commas separate columns" } else { "" };
            return Err(manifest(format!(
                "expected the columns path, label, split and group, found '{}'{hint}",
                printable(column)
            )));
        }
        if header.iter().filter(|other| *other == column).count() > 1 {
            return Err(manifest(format!("expected each column once, found '{column}' twice")));
        }
    }
    let column = |name: &str| header.iter().position(|column| column == name);
    let needed = |name: &str| {
        column(name).ok_or_else(|| {
            let found = header.iter().map(printable).collect::<Vec<_>>().join(", ");
            manifest(format!("expected a header with the columns path and label, found {found}"))
        })
    };
    let (of_path, of_label, of_split, of_group) =
        (needed("path")?, needed("label")?, column("split"), column("group"));
    let mut lines = Vec::new();
    for record in table.records() {
        let record = record.map_err(|error| of_csv(&file, &error))?;
        let text = |column: usize| record.get(column).unwrap_or_default().to_owned();
        let optional = |column: Option<usize>| column.map(text).filter(|text| !text.is_empty());
        lines.push(Line {
            number: record.position().map_or(0, csv::Position::line),
            path: text(of_path),
            label: text(of_label),
            split: optional(of_split),
            group: optional(of_group),
        });
    }
    Ok(lines)
}

fn of_csv(file: &str, error: &csv::Error) -> ListingError {
    let line = error.position().map(csv::Position::line);
    let problem = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("expected {expected_len} columns, found {len}; a comma in a name stands in \"quotes\"")
        }
        csv::ErrorKind::Utf8 { .. } => "expected UTF-8, found other bytes".to_owned(),
        csv::ErrorKind::Io(error) => format!("cannot be read: {error}"),
        _ => printable(&error.to_string()),
    };
    let file = file.to_owned();
    match line {
        Some(line) => ListingError::Line { file, line, problem },
        None => ListingError::Manifest { file, problem },
    }
}

fn json_lines(path: &Path, reader: impl BufRead) -> Result<Vec<Line>, ListingError> {
    let mut lines = Vec::new();
    let mut reader = reader;
    for number in 1.. {
        let error = |problem| ListingError::Line { file: path.printable(), line: number, problem };
        let mut bytes = Vec::new();
        let read = (&mut reader).take(LONGEST_LINE as u64 + 1).read_until(b'\n', &mut bytes);
        if read.map_err(|problem| error(format!("cannot be read: {problem}")))? == 0 {
            break;
        }
        if bytes.len() > LONGEST_LINE {
            return Err(error(format!("expected at most {LONGEST_LINE} bytes, found more")));
        }
        if !bytes.trim_ascii().is_empty() {
            lines.push(json_line(number, &bytes).map_err(error)?);
        }
    }
    Ok(lines)
}

fn json_line(number: u64, bytes: &[u8]) -> Result<Line, String> {
    let found: serde_json::Value =
        serde_json::from_slice(bytes).map_err(|error| format!("expected a JSON object, found {error}"))?;
    let object = found.as_object().ok_or("expected a JSON object, found another value")?;
    let known = |key: &str| COLUMNS.contains(&key) || PASSED_OVER.contains(&key);
    if let Some(key) = object.keys().find(|key| !known(key)) {
        return Err(format!("expected the keys path, label, split and group, found '{}'", printable(key)));
    }
    let text = |key: &str| {
        match object.get(key) {
        None | Some(serde_json::Value::Null) => Ok(None),
        Some(serde_json::Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
        Some(serde_json::Value::Number(number)) => Ok(Some(number.to_string())),
        Some(serde_json::Value::Array(_)) if key == "label" => Err(
            "label: expected one label, found a list; pictures of several classes are not for a classifier: choose one label"
                .to_owned(),
        ),
        Some(_) => Err(format!("{key}: expected a text, found another value")),
    }
    };
    let needed = |key: &str| text(key)?.ok_or_else(|| format!("{key}: expected a text, found none"));
    let (path, label) = (needed("path")?, needed("label")?);
    Ok(Line { number, path, label, split: text("split")?, group: text("group")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(name: &str, text: &str) -> Result<Listing, String> {
        let folder = tempfile::tempdir().unwrap();
        for file in ["a.png", "b.png", "c d.jpg", "x/e.png"] {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "not looked at").unwrap();
        }
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        list(&path).map_err(|error| {
            let message = error.to_string();
            message.strip_prefix(path.to_str().unwrap()).unwrap_or(&message).to_owned()
        })
    }

    fn csv(text: &str) -> Result<Listing, String> {
        set("labels.csv", text)
    }

    #[test]
    fn a_table_and_json_lines_say_the_same() {
        let table = csv("\u{feff}label,path,group\n10,x/e.png,k\n2,\"c d.jpg\",\n2,./a.png,k\n").unwrap();
        assert_eq!(table.classes, ["2", "10"]);
        let paths: Vec<_> = table.pictures.iter().map(|it| (it.path.to_str().unwrap(), it.label)).collect();
        assert_eq!(paths, [("a.png", 0), ("c d.jpg", 0), ("x/e.png", 1)]);
        assert_eq!(table.pictures[0].group.as_deref(), Some("k"));
        let json = "{\"path\":\"x/e.png\",\"label\":10,\"group\":\"k\"}\n\n{\"path\":\"c d.jpg\",\"label\":\"2\"}\n\
                    {\"path\":\"a.png\",\"label\":\"2\",\"group\":\"k\",\"probability\":0.3}";
        let json = set("labels.jsonl", json).unwrap();
        let said = |listing: &Listing| {
            let picture = |it: &ListedPicture| (it.path.clone(), it.label, it.part, it.group.clone());
            (listing.classes.clone(), listing.pictures.iter().map(picture).collect::<Vec<_>>())
        };
        assert_eq!(said(&json), said(&table));
    }

    #[test]
    fn a_split_column_divides_and_a_boards_columns_are_passed_over() {
        let text = "path,label,split,answer,probability,model\na.png,a,train,b,0.3,m\nb.png,b,train,b,0.3,m\n\
                    c d.jpg,a,val,,,\nx/e.png,b,Validation,,,\n";
        let listing = csv(text).unwrap();
        assert_eq!(
            [listing.counts(Part::Training), listing.counts(Part::Validation)],
            [vec![1, 1], vec![1, 1]]
        );
    }

    #[test]
    fn content_tells_what_a_file_is_and_a_class_that_is_lost_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";
        for (name, bytes) in
            [("a.heic", &b"\xff\xd8\xff\xe0"[..]), ("b.png", b""), ("c", heic), ("c.heic", heic)]
        {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        let manifest = folder.path().join("labels.csv");
        fs::write(&manifest, "path,label\na.heic,a\nb.png,b\nc,c\nc.heic,c\n").unwrap();
        let listing = list(&manifest).unwrap();
        assert_eq!(listing.classes, ["a", "b"]);
        assert_eq!(listing.pictures[0].path, Path::new("a.heic"));
        assert_eq!(listing.unsupported, [Path::new("c"), Path::new("c.heic")]);
        let expected = "labels.csv: class c: its 2 pictures are in formats that are not read: no class";
        assert!(
            listing.warnings.len() == 1 && listing.warnings[0].ends_with(expected),
            "{:?}",
            listing.warnings
        );
    }

    #[test]
    fn every_line_that_cannot_be_used_is_named() {
        let two = "path,label\na.png,a\n";
        for (text, expected) in [
            (
                format!("{two}nowhere.png,b\n"),
                ": line 3: path: expected a file that can be read, found nowhere.png: No such",
            ),
            (
                format!("{two}../b.png,b\n"),
                ": line 3: path: expected a path below the folder of the manifest, found ../b.png",
            ),
            (format!("{two}/etc/b.png,b\n"), ": line 3: path: expected a path below"),
            (format!("{two}b.png,\n"), ": line 3: label: expected a class name, found an empty one"),
            (format!("{two}b.png,x/y\n"), ": line 3: label: expected a class name without slashes"),
            (
                format!("{two}b.png,{}\n", "x".repeat(300)),
                ": line 3: label: expected a class name of at most 255 bytes, found 300",
            ),
            (
                format!("{two}b.png,\"a\nb\"\n"),
                ": line 3: label: expected a class name of characters that can be seen",
            ),
            (format!("{two}b.png,b,c\n"), ": line 3: expected 2 columns, found 3"),
            (format!("{two}x,b\n"), ": line 3: path: expected a file, found something else: x"),
            (
                format!("{two}a.png,b\n"),
                ": line 3: label: expected one label a picture, found 'b' for a.png, which is 'a' in line 2",
            ),
            (format!("{two}./a.png,a\n"), ": line 3: path: expected each picture once"),
            (two.to_owned(), ": expected pictures of at least 2 classes, found class a alone"),
            ("path,label\n".to_owned(), ": expected a line for each picture, found none"),
            (
                "path,colour\na.png,red\n".to_owned(),
                ": expected the columns path, label, split and group, found 'colour'",
            ),
            ("path;label\na.png;a\n".to_owned(), "found 'path;label'; commas separate columns"),
            ("path\na.png\n".to_owned(), ": expected a header with the columns path and label, found path"),
            (
                "path,label,split\na.png,a,train\nb.png,b,first\n".to_owned(),
                ": line 3: split: expected train, validation or test, found 'first'",
            ),
            ("path,label,split\na.png,a,train\nb.png,b,\n".to_owned(), ": line 3: split: expected train"),
            ("path,label\na.png,Cat\nb.png,cat\n".to_owned(), "'Cat' and 'cat'"),
            (
                "{\"path\":\"a.png\",\"label\":[\"a\",\"b\"]}".to_owned(),
                ": line 1: label: expected one label, found a list",
            ),
            (
                "{\"path\":\"a.png\",\"labl\":\"a\"}".to_owned(),
                ": line 1: expected the keys path, label, split and group, found 'labl'",
            ),
            ("{\"path\":\"a.png\"}".to_owned(), ": line 1: label: expected a text, found none"),
            ("{oops".to_owned(), ": line 1: expected a JSON object, found"),
            ("[{}]".to_owned(), ": expected a JSON object a line, found a list"),
            (String::new(), ": expected a header with the columns path and label"),
        ] {
            let found = csv(&text).unwrap_err();
            assert!(found.contains(expected) && found.lines().count() == 1, "{found}, expected {expected}");
        }
    }
}

//! Folders as people have them: litter, formats that are not read, names that mislead, empty sheets, and pictures that are
//! too large for the machine.

use models::contract::{METADATA_KEY, ModelContract};

use super::*;

/// The marker of Adobe says YCCK, the frame is progressive and has two components: a decoder panics on it.
fn two_components() -> Vec<u8> {
    let mut bytes = b"\xff\xd8\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x02\xff\xdb\x00\x43\x00".to_vec();
    bytes.extend([1; 64]);
    bytes.extend(b"\xff\xc2\x00\x0e\x08\x00\x10\x00\x10\x02\x01\x11\x00\x02\x11\x00");
    for class in [0x00, 0x10] {
        bytes.extend([0xff, 0xc4, 0x00, 0x14, class, 1]);
        bytes.extend([0; 16]);
    }
    bytes.extend(b"\xff\xda\x00\x0a\x02\x01\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xd9");
    bytes
}

#[test]
fn a_frame_that_breaks_decoders_costs_its_own_picture_alone() {
    let folder = pictures(20);
    fs::write(folder.path().join("5x.jpg"), two_components()).unwrap();
    for threads in ["1", "4"] {
        let output = classify(&["--format", "json", "--threads", threads], &[folder.path().to_owned()]);
        assert_eq!((output.status.code(), json_lines(&output).len()), (Some(1), 20));
        let errors = errors(&output);
        assert!(errors.contains("5x.jpg: unsupported JPEG picture, of 2 components"), "{errors}");
        assert_eq!(errors.lines().count(), 1, "{errors}");
    }
}

#[test]
fn litter_is_passed_over_without_a_word() {
    let folder = pictures(2);
    for name in ["._0.png", ".hidden.png", ".DS_Store", "Thumbs.db", "desktop.ini"] {
        fs::write(folder.path().join(name), b"\0\x05\x16\x07").unwrap();
    }
    for name in [".thumbnails", "__MACOSX", ".ipynb_checkpoints"] {
        fs::create_dir(folder.path().join(name)).unwrap();
        picture(&folder.path().join(name).join("inside.png"), 3);
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink("nowhere", folder.path().join("._link.png")).unwrap();
    for arguments in [&["--format", "json"][..], &["--format", "json", "--recursive"]] {
        let output = classify(arguments, &[folder.path().to_owned()]);
        assert_eq!((output.status.code(), errors(&output).as_str()), (Some(0), ""));
        assert_eq!(json_lines(&output).len(), 2);
    }
    // What is named is no litter.
    let hidden = folder.path().join(".thumbnails");
    assert_eq!(json_lines(&classify(&["--format", "json"], std::slice::from_ref(&hidden))).len(), 1);
    assert_eq!(classify(&[], &[folder.path().join("._0.png")]).status.code(), Some(1));
}

#[test]
fn a_picture_whose_name_says_nothing_is_read_by_its_content_as_in_a_training() {
    let folder = pictures(3);
    fs::rename(folder.path().join("0.png"), folder.path().join("noext")).unwrap();
    fs::rename(folder.path().join("1.png"), folder.path().join("picture.dat")).unwrap();
    fs::write(folder.path().join("README"), "BUT no picture").unwrap();
    fs::write(folder.path().join("empty"), "").unwrap();
    let output = classify(&["--format", "json"], &[folder.path().to_owned()]);
    assert_eq!((output.status.code(), json_lines(&output).len()), (Some(0), 3));
    assert_eq!(errors(&output), "not read: 2 other files\n");
}

#[test]
fn what_a_folder_has_and_is_not_read_is_counted_in_one_line() {
    let folder = pictures(2);
    for name in ["a.heic", "b.HEIC", "c.avif", "d.jxl", "e.psd", "notes.txt"] {
        fs::write(folder.path().join(name), "anything").unwrap();
    }
    fs::create_dir(folder.path().join("inside")).unwrap();
    picture(&folder.path().join("inside").join("deep.png"), 4);
    let output = classify(&["--format", "json"], &[folder.path().to_owned()]);
    assert_eq!((output.status.code(), json_lines(&output).len()), (Some(0), 2));
    assert_eq!(
        errors(&output),
        "not read: 2 HEIC, 1 AVIF, 1 JPEG XL, 1 PSD, 1 other file, 1 folder (--recursive searches folders inside)\n"
    );
    let output = classify(&["--format", "json", "--recursive"], &[folder.path().to_owned()]);
    assert_eq!(json_lines(&output).len(), 3);
    assert_eq!(errors(&output), "not read: 2 HEIC, 1 AVIF, 1 JPEG XL, 1 PSD, 1 other file\n");
}

#[cfg(unix)]
#[test]
fn a_link_to_nowhere_is_named_itself() {
    let folder = pictures(2);
    let link = folder.path().join("dangling.png");
    std::os::unix::fs::symlink("nowhere.png", &link).unwrap();
    let output = classify(&["--format", "json"], &[folder.path().to_owned()]);
    assert_eq!((output.status.code(), json_lines(&output).len()), (Some(1), 2));
    assert!(
        errors(&output).starts_with(&format!("{}: cannot be read: ", link.display())),
        "{}",
        errors(&output)
    );
}

#[test]
fn files_that_are_no_pictures_are_named_for_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    for (name, content, expected) in [
        ("page.jpg", &b"<html><body>404</body></html>"[..], "found an HTML page; download the file again"),
        ("phone.jpg", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "found a HEIC; convert it"),
        ("paper.png", b"%PDF-1.7", "found a PDF document;"),
        ("film.png", b"RIFF\x10\0\0\0AVI LIST", "found a video or a sound;"),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        let output = classify(&[], &[path]);
        assert!(output.status.code() == Some(1) && errors(&output).contains(expected), "{}", errors(&output));
    }
}

#[test]
fn a_sheet_with_nothing_on_it_is_unsure() {
    let folder = tempfile::tempdir().unwrap();
    let sheet = |name: &str, pixel: fn(u32, u32) -> [u8; 4]| {
        let picture = image::RgbaImage::from_fn(200, 160, |x, y| image::Rgba(pixel(x, y)));
        picture.save(folder.path().join(name)).unwrap();
    };
    sheet("black.png", |_, _| [0, 0, 0, 255]);
    sheet("grey.png", |_, _| [128, 128, 128, 255]);
    sheet("red.png", |_, _| [255, 0, 0, 255]);
    sheet("scanned.png", |x, y| [250 - ((x * 7 + y * 13) % 5) as u8, 250, 250, 255]);
    sheet("shaded.png", |x, y| {
        let light = 220 - (x / 4) as u8 - (y / 4) as u8;
        [light, light, light, 255]
    });
    sheet("transparent.png", |_, _| [0; 4]);
    sheet("white.png", |_, _| [255; 4]);
    GrayImage::from_pixel(28, 28, Luma([255])).save(folder.path().join("small.png")).unwrap();
    let output = classify(&["--format", "json"], &[folder.path().to_owned()]);
    let lines = json_lines(&output);
    assert_eq!((output.status.code(), lines.len()), (Some(0), 8));
    for line in lines {
        assert_eq!((&line["unsure"], &line["label"]), (&true.into(), &"unsure".into()), "{line}");
        assert!(line["probability"].as_f64().unwrap() < 0.11);
    }
    let text = out(&classify(&[], &[folder.path().to_owned()]));
    assert_eq!(text.matches("  unsure  ").count(), 8, "{text}");
}

#[test]
fn a_picture_waits_for_memory_or_is_refused_by_name() {
    let folder = pictures(3);
    let large = folder.path().join("large.png");
    image::RgbImage::from_fn(3000, 2000, |x, y| image::Rgb([(x % 251) as u8, (y % 241) as u8, 7]))
        .save(&large)
        .unwrap();
    let copy = folder.path().join("large2.png");
    fs::copy(&large, &copy).unwrap();
    let run = |memory: &str| {
        classify(&["--format", "json", "--threads", "4", "--max-memory", memory], &[folder.path().to_owned()])
    };
    // Room for one of the two large ones at a time.
    let output = run("60M");
    assert_eq!((output.status.code(), json_lines(&output).len(), errors(&output).as_str()), (Some(0), 5, ""));
    let output = run("8M");
    assert_eq!((output.status.code(), json_lines(&output).len()), (Some(1), 3));
    assert_eq!(errors(&output).lines().count(), 2);
    for (line, path) in errors(&output).lines().zip([&large, &copy]) {
        let expected = format!("{}: expected a picture that fits into 9 MB of memory, found", path.display());
        assert!(line.starts_with(&expected), "{line}");
    }
}

#[cfg(unix)]
#[test]
fn paths_that_are_no_utf8_can_be_found_again() {
    use std::os::unix::ffi::OsStrExt;
    let folder = pictures(1);
    for name in [&b"a\xff.png"[..], b"a\xfe.png"] {
        let path = folder.path().join(std::ffi::OsStr::from_bytes(name));
        fs::copy(folder.path().join("0.png"), path).unwrap();
    }
    let output = classify(&["--format", "json"], &[folder.path().to_owned()]);
    let lines = json_lines(&output);
    let field = |line: &serde_json::Value, key: &str| line[key].as_str().map(str::to_owned);
    assert_eq!(field(&lines[0], "path_percent"), None);
    for (line, percent, shown) in
        [(&lines[1], "a%FE.png", "a\\xFE.png"), (&lines[2], "a%FF.png", "a\\xFF.png")]
    {
        assert!(field(line, "path_percent").unwrap().ends_with(percent), "{line}");
        assert!(field(line, "path").unwrap().ends_with(shown), "{line}");
    }
    let csv = out(&classify(&["--format", "csv"], &[folder.path().to_owned()]));
    let cells: Vec<&str> = csv.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    assert!(cells[1].starts_with("'%/") && cells[1].ends_with("a%FE.png"), "{csv}");
    assert!(cells[2].ends_with("a%FF.png") && !cells[0].starts_with('\''), "{csv}");
}

#[test]
fn names_that_mislead_are_harmless_in_every_format() {
    let folder = pictures(0);
    for name in ["=1+1.png", "a\u{202e}gnp.png"] {
        picture(&folder.path().join(name), 2);
    }
    let run = |format: &str| {
        let mut command = edge_runtime();
        command.current_dir(folder.path()).args([
            "classify",
            "--format",
            format,
            "=1+1.png",
            "a\u{202e}gnp.png",
        ]);
        out(&command.output().unwrap())
    };
    let text = run("text");
    assert!(text.contains("a\\u{202e}gnp.png") && !text.contains('\u{202e}'), "{text}");
    let json = run("json");
    assert!(json.contains("a\\u202egnp.png") && !json.contains('\u{202e}'), "{json}");
    let csv = run("csv");
    assert!(csv.contains("\n'=1+1.png,1,") && csv.contains("\n'%a%E2%80%AEgnp.png,1,"), "{csv}");
}

#[test]
fn a_class_called_unsure_is_not_the_answer_unsure() {
    let folder = pictures(1);
    let model = folder.path().join("model.onnx");
    let bytes = changed_student(|model| {
        let property = model.metadata_props.iter_mut().find(|property| property.key == METADATA_KEY).unwrap();
        let mut contract = ModelContract::from_json(&property.value).unwrap();
        contract.labels = (0..9).map(|label| label.to_string()).chain(["unsure".to_owned()]).collect();
        property.value = contract.to_json();
    });
    fs::write(&model, bytes).unwrap();
    let run = |format: &str| {
        let model = model.to_str().unwrap();
        out(&classify(&["--model", model, "--top", "10", "--format", format], &[folder.path().join("0.png")]))
    };
    assert!(run("text").contains("  \"unsure\"  "), "{}", run("text"));
    assert!(run("csv").contains(",'unsure,") && !run("csv").contains(",unsure,"), "{}", run("csv"));
    assert!(run("json").contains("\"unsure\":false"), "{}", run("json"));
}

#[test]
fn a_model_that_contradicts_its_own_golden_vectors_answers_nothing() {
    let folder = pictures(1);
    let model = folder.path().join("model.onnx");
    let bytes = changed_student(|model| {
        let weights =
            model.graph.as_mut().unwrap().initializer.iter_mut().find(|tensor| tensor.dims.len() == 2);
        weights.unwrap().raw_data.rotate_left(4 * 100);
    });
    fs::write(&model, bytes).unwrap();
    let output = classify(&["--model", model.to_str().unwrap()], &[folder.path().join("0.png")]);
    assert_eq!((output.status.code(), out(&output).as_str()), (Some(2), ""));
    let errors = errors(&output);
    assert!(
        errors.contains("model.onnx: golden vectors: expected the network to answer as the trainer did"),
        "{errors}"
    );
}

#[test]
fn command_lines_are_refused_in_sentences() {
    let folder = pictures(1);
    let say = |arguments: &[&str]| {
        let output = edge_runtime().current_dir(folder.path()).args(arguments).output().unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{arguments:?}");
        errors(&output)
    };
    let errors = say(&["0.png"]);
    assert_eq!(errors, "edge-runtime: expected a command before 0.png: edge-runtime classify 0.png\n");
    for (arguments, expected) in [
        (
            ["classify", "--max-pixels", "1M", "0.png"],
            "expected a number of pixels in digits, such as 12000000",
        ),
        (["classify", "--top", "0", "0.png"], "expected how many classes to show, from 1 on"),
        (["classify", "--top", "-1", "0.png"], "expected how many classes to show, from 1 on"),
        (["classify", "--threads", "many", "0.png"], "expected a number of threads from 1 to 1024"),
        (["classify", "--max-memory", "lots", "0.png"], "expected a number of bytes over 0, such as 500M"),
        (["classify", "--format", "jsn", "0.png"], "json"),
    ] {
        assert!(say(&arguments).contains(expected), "{}", say(&arguments));
    }
    assert!(say(&["clasify", "0.png"]).contains("classify"));
}

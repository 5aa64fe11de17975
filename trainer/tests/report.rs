//! `trainer report`: its page says what `evaluate` says, and holds together.
#![allow(clippy::unwrap_used)]

mod report_runs;

use std::path::Path;

use report_runs::{
    ALL, MANY_CLASSES, TEST, TRAINING, report, succeed, trainer, workshop, workshop_of_many_classes,
    write_set,
};
use serde_json::Value;
use trainer::data::idx::labels_to_idx;

/// Runs `trainer` and returns its one line on standard error; expects status 1.
fn refusal(folder: &Path, words: &[&str]) -> String {
    let output = trainer(folder, words);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{words:?}: {message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(!folder.join("refused.html").exists(), "{words:?}");
    message
}

fn zoo(name: &str) -> String {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    repository.join("models/zoo").join(name).display().to_string()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn number(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

#[test]
fn the_figures_are_those_of_evaluate() {
    let folder = workshop();
    for (split, images) in [("validation", 30), ("test", TEST)] {
        let words = [&ALL[..], &["--split", split]].concat();
        let (_, data) = report(folder, &words, &format!("{split}.html"));
        assert_eq!((data["data"]["split"].as_str(), number(&data["data"]["images"])), (Some(split), images));
        assert_eq!(list(&data["networks"]).len(), 6);
        for network in list(&data["networks"]) {
            let path = network["path"].as_str().unwrap();
            let words = ["evaluate", path, "--data", "data", "--split", split, "--format", "json"];
            let printed: Value = serde_json::from_str(&succeed(folder, &words)).unwrap();
            for field in ["images", "errors", "accuracy", "negative_log_likelihood", "errors_by_class"] {
                assert_eq!(network["evaluation"][field], printed[field], "{path} {split} {field}");
            }
        }
    }
}

#[test]
fn matrices_pictures_and_calibration_fit_the_figures() {
    let (page, data) = report(workshop(), &ALL, "fit.html");
    assert!(page.len() < 3_000_000);
    for detail in list(&data["details"]) {
        let evaluation = &data["networks"][number(&detail["network"])]["evaluation"];
        let (mut images, mut errors) = (0, 0);
        for (label, counts) in list(&detail["matrix"]).iter().enumerate() {
            for (guess, count) in list(counts).iter().enumerate() {
                images += number(count);
                errors += if label == guess { 0 } else { number(count) };
            }
        }
        for pair in list(&detail["pairs"]) {
            let (label, guess) = (number(&pair["label"]), number(&pair["guess"]));
            assert_eq!(pair["images"], detail["matrix"][label][guess]);
            assert_eq!(list(&pair["wrong"]).len(), number(&pair["images"]));
            let is_labelled = |at: &Value| data["pictures"][number(at)]["label"] == label;
            assert!(label != guess && list(&pair["wrong"]).iter().all(is_labelled));
        }
        let in_pairs = list(&detail["pairs"]).iter().map(|pair| number(&pair["images"])).sum::<usize>();
        assert_eq!((in_pairs, list(&detail["pairs"]).len()), (errors, number(&detail["confused_pairs"])));
        assert!(list(&detail["worst"]).is_empty());
        assert_eq!((images, errors), (number(&evaluation["images"]), number(&evaluation["errors"])));
        let before = &detail["before"];
        assert_eq!(before["negative_log_likelihood"], evaluation["negative_log_likelihood"]);
        let nll = |calibration: &Value| calibration["negative_log_likelihood"].as_f64().unwrap();
        // The temperature is fitted to these very images: the likelihood is never worse, but for rounding.
        assert!(detail["after"].is_null() || nll(&detail["after"]) <= nll(before) + 1e-6);
        let in_bins: usize = list(&before["bins"]).iter().map(|bin| number(&bin["images"])).sum();
        assert_eq!((list(&before["bins"]).len(), in_bins), (15, images));
    }
    let errors: usize =
        list(&data["networks"]).iter().map(|network| number(&network["evaluation"]["errors"])).sum();
    assert!(errors > 0, "a test of wrong images needs some");
}

#[test]
fn many_classes_have_pairs_and_worst_classes_in_the_place_of_a_matrix() {
    let folder = workshop_of_many_classes();
    let (page, data) = report(folder.path(), &["teacher", "student"], "many.html");
    assert!(page.len() < 3_000_000);
    for detail in list(&data["details"]) {
        let evaluation = &data["networks"][number(&detail["network"])]["evaluation"];
        assert!(detail["matrix"].is_null() && list(&evaluation["errors_by_class"]).is_empty());
        let pairs: Vec<usize> = list(&detail["pairs"]).iter().map(|pair| number(&pair["images"])).collect();
        assert!(pairs.is_sorted_by(|a, b| a >= b) && pairs.len() == number(&detail["confused_pairs"]));
        assert_eq!(pairs.iter().sum::<usize>(), number(&evaluation["errors"]));
        let worst = list(&detail["worst"]);
        assert!(!worst.is_empty() && worst.len() == number(&detail["confused_classes"]));
        let errors: usize = worst.iter().map(|class| number(&class["errors"])).sum();
        assert_eq!(errors, number(&evaluation["errors"]));
    }
    for picture in list(&data["pictures"]) {
        for logits in list(&picture["logits"]) {
            let others = list(&logits["others"]).iter().map(|group| number(&group[1])).sum::<usize>();
            assert_eq!(list(&logits["classes"]).len() + others, MANY_CLASSES);
            assert!(list(&logits["classes"]).contains(&picture["label"]));
        }
    }
}

#[test]
fn roles_curves_agreement_and_seeds_come_from_the_runs() {
    let (_, data) = report(workshop(), &ALL, "runs.html");
    let role = |role: &str| &data["networks"][number(&data["leaders"][role])]["role"];
    assert_eq!(["teacher", "baseline", "distilled"].map(role), ["teacher", "baseline", "distilled"]);
    assert!(list(&data["leaders"]["differences"]).is_empty(), "{}", data["leaders"]);
    assert_eq!(list(&data["curves"]).len(), 6);
    let epochs = list(&data["curves"]).iter().map(|curve| list(&curve["epoch"]).len());
    assert_eq!(epochs.collect::<Vec<_>>(), [2, 6, 6, 6, 6, 6]);
    assert_eq!(list(&data["agreements"]).len(), 5);
    for entry in list(&data["agreements"]) {
        let counts = ["both_right", "teacher_right", "student_right", "same_error", "different_errors"];
        assert_eq!(counts.iter().map(|count| number(&entry[count])).sum::<usize>(), 30);
    }
    let seeds: Vec<usize> =
        list(&data["recipes"]).iter().map(|recipe| list(&recipe["networks"]).len()).collect();
    assert_eq!(seeds, [1, 1, 2, 2]);
    let [sweep] = list(&data["sweeps"]) else { panic!("{}", data["sweeps"]) };
    assert_eq!(sweep["quantity"], "temperature");
    let points = list(&sweep["lines"][0]["points"]);
    assert_eq!(points.iter().map(|point| point["x"].as_f64().unwrap()).collect::<Vec<_>>(), [2.0, 8.0]);
    for point in points {
        let values: Vec<f64> =
            list(&point["accuracy"]["values"]).iter().map(|value| value.as_f64().unwrap()).collect();
        let mean = (values[0] + values[1]) / 2.0;
        // By hand for two values: their distance over the root of two.
        let deviation = (values[0] - values[1]).abs() / 2f64.sqrt();
        assert!((point["accuracy"]["mean"].as_f64().unwrap() - mean).abs() < 1e-12);
        assert!((point["accuracy"]["standard_deviation"].as_f64().unwrap() - deviation).abs() < 1e-12);
    }
}

/// Returns the classes other than the label, the likeliest first.
fn resemblance(picture: &Value, network: usize) -> Vec<usize> {
    let logits: Vec<f64> =
        list(&picture["logits"][network]).iter().map(|logit| logit.as_f64().unwrap()).collect();
    let mut others: Vec<usize> =
        (0..logits.len()).filter(|class| *class != number(&picture["label"])).collect();
    others.sort_by(|a, b| logits[*b].total_cmp(&logits[*a]));
    others
}

/// Kariya, "Dark Knowledge in Neural Networks", 2018: the first training image, a 5, resembles 3 most; the 17th, a 2,
/// resembles 7 or 3 most.
#[test]
fn the_two_published_examples_look_as_published_to_the_shipped_networks() {
    let (teacher, student) = (zoo("teacher.safetensors"), zoo("student.safetensors"));
    let words = [teacher.as_str(), &student, "--data", "data"];
    let (_, data) = report(workshop(), &words, "examples.html");
    let chosen: Vec<&Value> = list(&data["chosen"]).iter().map(|at| &data["pictures"][number(at)]).collect();
    let [five, two] = chosen.as_slice() else { panic!("{}", data["chosen"]) };
    assert_eq!((number(&five["index"]), number(&five["label"])), (0, 5));
    assert_eq!((number(&two["index"]), number(&two["label"])), (16, 2));
    let roles: Vec<&Value> =
        list(&data["details"]).iter().map(|d| &data["networks"][number(&d["network"])]["role"]).collect();
    assert_eq!(roles, ["teacher", "distilled"]);
    for network in 0..2 {
        assert_eq!(resemblance(five, network)[0], 3, "network {network}");
        let nearest = resemblance(two, network)[0];
        assert!(nearest == 3 || nearest == 7, "network {network}: {nearest}");
    }
}

#[test]
fn a_run_without_weights_shows_its_curve_and_a_file_without_a_run_its_figures() {
    let folder = tempfile::tempdir().unwrap();
    write_set(&folder.path().join("data"));
    let words = ["student", "--data", "data", "--out", "run", "--epochs", "2", "--network", "mlp:8"];
    succeed(folder.path(), &words);
    std::fs::remove_file(folder.path().join("run/model.safetensors")).unwrap();
    let (_, data) = report(folder.path(), &["run"], "report.html");
    assert!(data["networks"][0]["evaluation"].is_null() && list(&data["details"]).is_empty());
    assert_eq!(list(&data["curves"][0]["epoch"]).len(), 2);
    let student = zoo("student.safetensors");
    let (_, data) = report(folder.path(), &["run", &student], "report.html");
    assert_eq!(data["networks"][1]["name"], "student.safetensors");
    assert!(data["networks"][1]["evaluation"]["accuracy"].is_number());
    assert_eq!((list(&data["curves"]).len(), number(&data["leaders"]["distilled"])), (1, 1));
}

#[test]
fn what_a_distilled_run_learnt_from_is_found_where_it_was() {
    let (_, data) = report(workshop(), &["sweep"], "named.html");
    let named: Vec<&Value> =
        list(&data["networks"]).iter().filter(|network| network["named_by_a_run"] == true).collect();
    let [teacher] = named.as_slice() else { panic!("{named:?}") };
    assert_eq!((teacher["path"].as_str(), teacher["role"].as_str()), (Some("teacher"), Some("teacher")));
}

#[test]
fn what_cannot_be_used_is_named_on_one_line_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    write_set(&at("data"));
    let train = ["student", "--data", "data", "--out", "run", "--epochs", "1", "--network", "mlp:8"];
    succeed(folder.path(), &train);
    std::fs::create_dir_all(at("empty/deeper")).unwrap();
    std::fs::create_dir_all(at("broken")).unwrap();
    std::fs::write(at("broken/config.toml"), "seed = [").unwrap();
    std::fs::write(at("no.safetensors"), "no").unwrap();
    let refused =
        |words: &[&str]| refusal(folder.path(), &[&["report", "--out", "refused.html"], words].concat());
    for (words, expected) in [
        (["empty"].as_slice(), "empty: expected a run or a directory of runs"),
        (&["run", "nowhere"], "nowhere: cannot be read"),
        (&["broken"], "broken/config.toml"),
        (&["run", "no.safetensors"], "no.safetensors: expected a safetensors file"),
        (&["run", "--images", "0,360"], "--images: expected 0 to 359, found 360"),
        (&["run", "--data", "empty"], "empty: expected pictures in a folder for each class"),
    ] {
        let message = refused(words);
        assert!(message.contains(expected), "{message}");
    }
    let message = refusal(folder.path(), &["report", "run", "--out", "empty"]);
    assert!(message.contains("empty: cannot be written"), "{message}");
    std::fs::write(at("data/train-labels-idx1-ubyte"), labels_to_idx(&[1; TRAINING])).unwrap();
    let message = refused(&["run"]);
    assert!(message.contains("run: expected a run trained on data as it is now"), "{message}");
    let (_, data) = report(folder.path(), &["run", "--data", "data"], "asked.html");
    assert_eq!(data["networks"][0]["other_data"], true);
}

/// A name is text, whatever it looks like.
#[test]
fn no_name_becomes_markup() {
    let folder = tempfile::tempdir().unwrap();
    write_set(&folder.path().join("data"));
    let name = "<!--<script>alert(1)<b>";
    let words = ["student", "--data", "data", "--out", name, "--epochs", "1", "--network", "mlp:8"];
    succeed(folder.path(), &words);
    let (page, data) = report(folder.path(), &[name], "report.html");
    assert_eq!(data["networks"][0]["name"], name);
    assert!(!page.contains("<!--<script") && !page.contains("<b>"));
    assert!(page.contains("default-src 'none'"));
}

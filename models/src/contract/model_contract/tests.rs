//! Each way in which a contract of either version can be broken, and that what is written is read back.

use super::super::framing::{Filter, Framing};
use super::*;

/// As the exporter of version 0.1.0 wrote it.
const OF_VERSION_1: &str = concat!(
    r#"{"version":1,"input":{"channels":1,"height":28,"width":28,"value_range":[0.0,1.0],"mean":[0.1307],"#,
    r#""standard_deviation":[0.3081],"polarity":"light_on_dark","fit":{"ink_box":{"longest_side":20}}},"#,
    r#""labels":["0","1"],"provenance":{"producer":"trainer 0.1.0","network":"deep","training":"teacher","#,
    r#""data":"mnist","seed":1,"epochs":2}}"#,
);

/// Written by hand from the reference in docs/onnx-file.md.
const OF_VERSION_2: &str = concat!(
    r#"{"version":2,"input":{"channels":1,"height":32,"width":28,"value_range":[0.0,1.0],"mean":[0.5],"#,
    r#""standard_deviation":[0.25],"framing":{"ink":{"polarity":"dark_on_light","longest_side":20,"#,
    r#""threshold":0.25,"speck":0.02,"box_tolerance":1.5,"centre_tolerance":1.0}},"#,
    r#""filter":{"middle":{"share":0.6}},"padding":[0.0]},"labels":["a","b"],"#,
    r#""provenance":{"producer":"","network":"","training":"","data":"","seed":0,"epochs":0}}"#,
);

fn labels() -> Vec<String> {
    ["cat", "dog", "owl", "fox"].map(str::to_owned).to_vec()
}

fn of_version_1() -> ModelContract {
    let input = ImageInput::version_1([1, 28, 28], Polarity::LightOnDark, Resize::Ink { longest_side: 20 });
    ModelContract::new(input, labels(), Provenance::default())
}

fn of_version_2(resize: Resize) -> ModelContract {
    ModelContract::new(ImageInput::version_2([3, 20, 30], resize), labels(), Provenance::default())
}

fn ink() -> ModelContract {
    let input = ImageInput::version_2([1, 20, 30], Resize::Ink { longest_side: 18 });
    ModelContract::new(input, labels(), Provenance::default())
}

#[test]
fn both_versions_survive_a_round_trip_through_json() {
    let colour = [Resize::Fit, Resize::Fill, Resize::Stretch].map(of_version_2);
    let digits = ModelContract::mnist(Provenance::default());
    let garments = ModelContract::fashion_mnist(Provenance::default());
    for contract in colour.into_iter().chain([of_version_1(), ink(), digits, garments]) {
        assert_eq!(ModelContract::from_json(&contract.to_json()), Ok(contract));
    }
}

#[test]
fn what_a_file_says_is_written_back_to_the_byte() {
    for json in [OF_VERSION_1, OF_VERSION_2] {
        assert_eq!(ModelContract::from_json(json).unwrap().to_json(), json);
    }
}

/// The constants of the shipped files, which no later change may move.
#[test]
fn version_1_fixes_what_it_does_not_say() {
    let input = ModelContract::from_json(OF_VERSION_1).unwrap().input;
    assert_eq!((input.filter, input.padding), (Filter::Middle { share: 0.6 }, vec![0.0]));
    let Framing::Ink(ink) = input.framing else { panic!("{:?}", input.framing) };
    let constants = [ink.threshold, ink.speck, ink.box_tolerance, ink.centre_tolerance];
    assert_eq!((ink.longest_side, constants), (20, [0.25, 0.02, 1.5, 1.0]));
}

#[test]
fn refuses_another_version() {
    for (version, found) in [("3", "3"), ("0", "0"), ("\"2\"", "\"2\""), ("2.5", "2.5")] {
        let json = OF_VERSION_2.replace("\"version\":2", &format!("\"version\":{version}"));
        assert_eq!(ModelContract::from_json(&json), Err(ContractError::UnknownVersion(found.to_owned())));
    }
    assert_eq!(ModelContract::from_json("{}"), Err(ContractError::UnknownVersion("none".to_owned())));
}

#[test]
fn refuses_what_is_no_contract() {
    for json in ["", "[]", "{\"version\":1}", "{\"version\":2}", "not json"] {
        assert!(ModelContract::from_json(json).is_err(), "{json}");
    }
}

/// A version has its own fields: those of the other one are unknown, and none may be missing.
#[test]
fn refuses_an_unknown_and_a_missing_field_of_each_object() {
    for json in [OF_VERSION_1, OF_VERSION_2] {
        for (place, _) in json.match_indices('{') {
            let extra = format!("{}{{\"surprise\":0,{}", &json[..place], &json[place + 1..]);
            assert!(ModelContract::from_json(&extra).is_err(), "{extra}");
        }
    }
    let inputs =
        ["channels", "height", "width", "value_range", "mean", "standard_deviation", "framing", "filter"];
    let inks = ["polarity", "longest_side", "threshold", "speck", "box_tolerance", "centre_tolerance"];
    for field in inputs.into_iter().chain(inks).chain(["padding", "labels", "provenance"]) {
        let renamed = OF_VERSION_2.replace(&format!("\"{field}\":"), &format!("\"{field}s\":"));
        let message = ModelContract::from_json(&renamed).unwrap_err().to_string();
        assert!(message.contains(field), "{message}");
    }
    let mixed = OF_VERSION_1.replace("\"version\":1", "\"version\":2");
    assert!(matches!(ModelContract::from_json(&mixed), Err(ContractError::Malformed(_))));
}

/// The message for `contract` after a change.
fn spoilt(mut contract: ModelContract, change: fn(&mut ModelContract)) -> String {
    change(&mut contract);
    let message = ModelContract::from_json(&contract.to_json()).unwrap_err().to_string();
    assert!(contract.validate().is_err());
    message.strip_prefix("model contract: ").unwrap().to_owned()
}

#[test]
fn names_the_field_of_either_version_that_is_out_of_range() {
    for contract in [of_version_1(), of_version_2(Resize::Fit)] {
        let spoil = |change| spoilt(contract.clone(), change);
        assert!(spoil(|c| c.input.channels = 2).contains("input.channels: expected 1 or 3, found 2"));
        assert!(spoil(|c| c.input.height = 0).contains("input.height"));
        assert!(spoil(|c| c.input.width = 5000).contains("input.width"));
        assert!(spoil(|c| c.input.value_range = [1.0, 0.0]).contains("input.value_range"));
        assert!(spoil(|c| c.input.mean = vec![]).contains("input.mean"));
        assert!(spoil(|c| c.input.standard_deviation[0] = 0.0).contains("input.standard_deviation"));
        assert!(spoil(|c| c.labels = vec![]).contains("labels"));
        assert_eq!(
            spoil(|c| c.labels[3] = "a\nb".to_owned()),
            "labels, name 3: expected a printable name, found 'a\\nb'"
        );
        assert!(spoil(|c| c.labels[1] = "cat".to_owned()).ends_with("that no other class has, found 'cat'"));
    }
    assert!(
        spoilt(of_version_1(), |c| c.input.framing = Resize::Ink { longest_side: 29 }.into())
            .contains("longest_side")
    );
}

#[test]
fn names_the_field_of_version_2_that_is_out_of_range() {
    let spoil = |change| spoilt(of_version_2(Resize::Fill), change);
    assert_eq!(
        spoil(|c| c.input.padding = vec![0.0, 1.5, 0.0]),
        "input.padding: expected a number from 0 to 1 a channel, found [0.0, 1.5, 0.0]"
    );
    assert!(spoil(|c| c.input.padding = vec![0.0]).starts_with("input.padding"));
    let middle = |share| Filter::Middle { share };
    assert!(
        middle(0.5) == middle(0.5)
            && spoil(|c| c.input.filter = Filter::Middle { share: 0.5 })
                .starts_with("input.filter: expected triangle")
    );
    assert_eq!(spoil(|c| c.labels.truncate(1)), "labels: expected 2 to 4096 names, found 1");
    assert!(spoil(|c| c.labels = (0..4097).map(|class| class.to_string()).collect()).ends_with("found 4097"));
    assert!(
        spoil(|c| c.labels[2] = "x".repeat(256))
            .starts_with("labels, name 2: expected a name of at most 255")
    );
    for name in [" ", "left\u{202e}right"] {
        let mut contract = of_version_2(Resize::Fill);
        contract.labels[0] = name.to_owned();
        assert!(contract.validate().unwrap_err().to_string().contains("a printable name"));
    }
    let mut largest = of_version_2(Resize::Fit);
    largest.labels = (0..MOST_LABELS).map(|class| format!("{class:0255}")).collect();
    assert_eq!(largest.validate(), Ok(()));
}

#[test]
fn names_the_constant_of_the_framing_by_ink_that_is_out_of_range() {
    let change = |change: fn(&mut super::super::framing::InkFraming)| {
        let mut contract = ink();
        let Framing::Ink(framing) = &mut contract.input.framing else { panic!("no ink") };
        change(framing);
        ModelContract::from_json(&contract.to_json()).unwrap_err().to_string()
    };
    assert!(
        change(|ink| ink.longest_side = 21).contains("ink.longest_side: expected 1 to the side, found 21")
    );
    assert!(change(|ink| ink.longest_side = 0).contains("ink.longest_side"));
    assert!(change(|ink| ink.threshold = 1.0).contains("ink.threshold"));
    assert!(change(|ink| ink.speck = -0.1).contains("ink.speck"));
    assert!(change(|ink| ink.box_tolerance = -1.0).contains("ink.box_tolerance"));
    assert!(change(|ink| ink.centre_tolerance = -1.0).contains("ink.centre_tolerance"));
    let spoil = |change| spoilt(ink(), change);
    assert!(spoil(|c| c.input.polarity = Polarity::Natural).contains("input.framing.ink.polarity"));
    assert!(
        spoil(|c| c.input.padding = vec![0.5]).starts_with("input.padding: expected 0 where ink is framed")
    );
    for share in ["0.0", "1.1", "-0.5"] {
        let json = ink().to_json().replace("\"share\":0.6", &format!("\"share\":{share}"));
        let message = ModelContract::from_json(&json).unwrap_err().to_string();
        assert!(message.contains("input.filter.middle.share"), "{message}");
    }
    let colour = |c: &mut ModelContract| {
        let input = &mut c.input;
        (input.channels, input.mean, input.standard_deviation) = (3, vec![0.0; 3], vec![1.0; 3]);
        input.padding = vec![0.0; 3];
    };
    assert!(spoil(colour).starts_with("input.framing.ink: expected 1 channel, found 3"));
}

/// What version 1 cannot say is refused before it is written as something else.
#[test]
fn version_1_cannot_say_what_came_after_it() {
    let refused = |change: fn(&mut ImageInput)| {
        let mut contract = of_version_1();
        change(&mut contract.input);
        let message = contract.validate().unwrap_err().to_string();
        assert!(message.contains("of version 1"), "{message}");
    };
    refused(|input| input.framing = Framing::Stretch);
    refused(|input| input.filter = Filter::Triangle);
    refused(|input| input.padding = vec![0.5]);
}

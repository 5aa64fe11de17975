//! What is no network: each message for layers that do not fit, in layers and in layers within layers.
#![allow(clippy::unwrap_used)]

use models::{Layer, Network};

fn convolution(name: &str, in_channels: usize, out_channels: usize) -> Layer {
    wide_convolution(name, [in_channels, out_channels, 1], [1, 1], [[3, 3], [1, 1]])
}

/// A convolution from so many channels to so many in so many groups; `window` is its kernel and its padding.
fn wide_convolution(name: &str, channels: [usize; 3], stride: [usize; 2], window: [[usize; 2]; 2]) -> Layer {
    let [in_channels, out_channels, groups] = channels;
    let [kernel, padding] = window;
    Layer::Convolution { name: name.to_owned(), in_channels, out_channels, kernel, stride, padding, groups }
}

/// The message for layers on images `[4, 7, 10]`, followed by what makes four logits of a mean.
fn message(layers: Vec<Layer>) -> String {
    let end = [Layer::GlobalAveragePool, Layer::Flatten, Layer::linear("fc1", 4, 4)];
    let layers = layers.into_iter().chain(end).collect();
    let message =
        Network { name: "n".to_owned(), input: [4, 7, 10], layers }.shapes().unwrap_err().to_string();
    assert!(!message.contains('\n'), "{message}");
    message
}

fn residual(body: Vec<Layer>, shortcut: Vec<Layer>) -> Vec<Layer> {
    vec![Layer::Residual { body, shortcut }]
}

fn branches(branches: Vec<Vec<Layer>>) -> Vec<Layer> {
    vec![Layer::Branches { name: "whole".to_owned(), branches }]
}

#[test]
fn groups_divide_both_channels() {
    let with = |outputs, groups| {
        message(vec![wide_convolution("c", [4, outputs, groups], [1, 1], [[1, 1], [0, 0]])])
    };
    let part = "network \"n\", layer 1 (c): convolution: groups: expected a number that divides";
    for (outputs, groups) in [(4, 0), (4, 3), (6, 4), (4, 8), (4, usize::MAX)] {
        let expected = format!("{part} 4 and {outputs} channels, found {groups}");
        assert_eq!(with(outputs, groups), expected);
    }
}

#[test]
fn a_body_and_its_shortcut_have_one_shape() {
    assert_eq!(
        message(residual(vec![convolution("c1", 4, 8)], vec![])),
        "network \"n\", layer 1 (residual): residual: expected a body and a shortcut of one shape, found 8x7x10 after the \
         body and 4x7x10 after the shortcut"
    );
    let strided = |name| wide_convolution(name, [4, 8, 1], [2, 1], [[3, 3], [1, 1]]);
    let other = message(residual(vec![strided("c1")], vec![convolution("c2", 4, 8)]));
    assert!(other.ends_with("found 8x4x10 after the body and 8x7x10 after the shortcut"), "{other}");
    let flat = message(residual(vec![Layer::Flatten], vec![]));
    assert!(flat.ends_with("found 280 after the body and 4x7x10 after the shortcut"), "{flat}");
    let empty = message(residual(vec![], vec![]));
    assert!(empty.ends_with("residual: body: expected at least one layer, found none"), "{empty}");
}

#[test]
fn a_layer_within_layers_is_found_by_its_place() {
    let inner = residual(vec![Layer::Relu, convolution("c3", 5, 4)], vec![]);
    let found = message(vec![Layer::Relu, residual([vec![Layer::Relu], inner].concat(), vec![]).remove(0)]);
    assert_eq!(
        found,
        "network \"n\", layer 2 (residual), body, layer 2 (residual), body, layer 2 (c3): convolution: expected 5 \
         channels, found 4"
    );
    let shortcut = message(residual(vec![Layer::Relu], vec![Layer::linear("l", 4, 4)]));
    assert!(
        shortcut.starts_with(
            "network \"n\", layer 1 (residual), shortcut, layer 1 (l): linear: expected a vector"
        )
    );
}

#[test]
fn branches_have_one_shape_one_stride_and_the_same_groups() {
    let other = message(branches(vec![vec![convolution("a", 4, 8)], vec![]]));
    assert!(
        other.ends_with(
            "branches: expected branches of one shape, found 8x7x10 after branch 1 and 4x7x10 after branch 2"
        ),
        "{other}"
    );
    let strided = |name, stride| vec![wide_convolution(name, [4, 4, 1], stride, [[7, 10], [0, 0]])];
    let found = message(branches(vec![strided("a", [1, 1]), strided("b", [2, 1])]));
    assert!(found.ends_with("branches: expected one stride, found [1, 1] and [2, 1]"), "{found}");
    let grouped = |name, groups| vec![wide_convolution(name, [4, 4, groups], [1, 1], [[1, 1], [0, 0]])];
    let found = message(branches(vec![grouped("a", 1), vec![], grouped("b", 4)]));
    assert!(found.ends_with("branches: expected convolutions of the same groups, found 1 and 4"), "{found}");
    assert!(message(branches(vec![])).ends_with("branches: expected at least one branch, found none"));
}

/// Both windows make images of one size, and no window of one convolution holds both: of two cells that are padded above and
/// below, the first window has four rows with the other's.
#[test]
fn branches_have_windows_that_lie_in_one() {
    let narrow = |name, padding| vec![wide_convolution(name, [4, 4, 1], [2, 2], [[1, 1], padding])];
    let tall = vec![wide_convolution("b", [4, 4, 1], [2, 2], [[2, 1], [0, 0]])];
    let found = message(branches(vec![narrow("a", [0, 0]), tall]));
    assert!(found.contains("branches: expected"), "{found}");
    let padded = message(branches(vec![narrow("a", [1, 0])]));
    assert!(padded.contains("expected a padding smaller than the window of 1, found 1"), "{padded}");
}

#[test]
fn branches_are_linear_and_on_images() {
    let part = "expected a convolution, a convolution and a batch norm, a batch norm, or nothing, found";
    let rectified = message(branches(vec![vec![convolution("a", 4, 4), Layer::Relu]]));
    assert!(rectified.ends_with(&format!("branch 1: {part} convolution, relu")), "{rectified}");
    let nested = message(branches(vec![vec![], residual(vec![Layer::Relu], vec![])]));
    assert!(nested.ends_with(&format!("branch 2: {part} residual")), "{nested}");
    let norms = vec![Layer::batch_norm("n1", 4), Layer::batch_norm("n2", 4)];
    assert!(message(branches(vec![norms])).ends_with(&format!("branch 1: {part} batch_norm, batch_norm")));
    let other = message(branches(vec![vec![Layer::batch_norm("n1", 3)]]));
    assert!(other.ends_with("branch 1: batch norm: expected 3 channels, found 4"), "{other}");
    let flat = [vec![Layer::Flatten], branches(vec![vec![]])].concat();
    assert!(message(flat).ends_with("branches: expected an image, found a vector"));
}

#[test]
fn a_batch_norm_does_not_begin_a_body_or_follow_a_block() {
    let part = "batch norm: expected a convolution or a linear layer directly before it";
    let norm = || Layer::batch_norm("n1", 4);
    let first = message(residual(vec![norm()], vec![]));
    assert_eq!(first, format!("network \"n\", layer 1 (residual), body, layer 1 (n1): {part}"));
    let shortcut = message(residual(vec![Layer::Relu], vec![norm()]));
    assert!(shortcut.ends_with(&format!("shortcut, layer 1 (n1): {part}")), "{shortcut}");
    let behind = [vec![convolution("c1", 4, 4)], residual(vec![Layer::Relu], vec![]), vec![norm()]].concat();
    assert!(message(behind).ends_with(part));
    let twice = vec![convolution("c1", 4, 4), norm(), Layer::batch_norm("n2", 4)];
    assert!(message(twice).ends_with(part));
    assert!(message(vec![Layer::GlobalAveragePool, norm()]).ends_with(part));
}

#[test]
fn a_name_stands_once_over_all_levels() {
    let expected = |name: &str| {
        format!(
            "name: expected a word of letters, digits and underscores that no other layer has, found \"{name}\""
        )
    };
    let c1 = || convolution("c1", 4, 4);
    let outside = [vec![c1()], residual(vec![c1()], vec![])].concat();
    let message_outside = message(outside);
    assert!(message_outside.ends_with(&expected("c1")), "{message_outside}");
    assert!(message_outside.contains("layer 2"), "{message_outside}");
    let both = message(residual(vec![c1()], vec![c1()]));
    assert!(both.ends_with(&expected("c1")), "{both}");
    let of_branches = message(branches(vec![vec![convolution("whole", 4, 4)]]));
    assert!(of_branches.ends_with(&expected("whole")), "{of_branches}");
    let nested = residual(residual(vec![convolution("fc1", 4, 4)], vec![]), vec![]);
    assert!(message(nested).ends_with(&expected("fc1")));
    let no_word = message(residual(vec![convolution("a b", 4, 4)], vec![]));
    assert!(no_word.ends_with(&expected("a b")), "{no_word}");
}

#[test]
fn levels_of_layers_within_layers_are_few() {
    let of_levels = |levels: usize| (0..levels).fold(vec![Layer::Relu], |inner, _| residual(inner, vec![]));
    let part = "network \"n\": expected at most 8 levels of layers within layers, found more";
    assert_eq!(message(of_levels(9)), part);
    assert_eq!(message(of_levels(2000)), part);
    let layers =
        [of_levels(8), vec![Layer::GlobalAveragePool, Layer::Flatten, Layer::linear("fc1", 4, 4)]].concat();
    assert!(Network { name: "n".to_owned(), input: [4, 7, 10], layers }.shapes().is_ok());
}

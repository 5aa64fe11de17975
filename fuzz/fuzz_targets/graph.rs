//! Edits of small valid models, chosen by the input's bytes: the first one picks the model.
#![no_main]

use std::sync::OnceLock;

use fuzz::wire_tree::{self, Field};
use libfuzzer_sys::fuzz_target;

static MODELS: OnceLock<Vec<Vec<Field>>> = OnceLock::new();

/// Those of the seed corpus.
fn models() -> Vec<Vec<Field>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/seeds/model");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).expect(folder).map(|entry| entry.expect(folder).path()).collect();
    paths.sort();
    let bytes = paths.iter().map(|path| std::fs::read(path).expect(folder));
    bytes.map(|bytes| wire_tree::parse(&bytes).expect("a seed is a protobuf")).collect()
}

fuzz_target!(|script: &[u8]| {
    let models = MODELS.get_or_init(models);
    let Some((&first, mut script)) = script.split_first() else { return };
    let mut model = models[usize::from(first) % models.len()].clone();
    while wire_tree::edit(&mut model, &mut script).is_some() {}
    fuzz::load_and_ask(&wire_tree::encode(&model));
});

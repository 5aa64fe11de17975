//! The JSON of a model contract, and of golden vectors that refer to it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use models::ModelContract;
use models::model_file::golden_vectors::GoldenVectors;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(contract) = ModelContract::from_json(text) {
        // What is written is read back as it was.
        assert_eq!(ModelContract::from_json(&contract.to_json()).as_ref(), Ok(&contract));
        let pixels = contract.input.values();
        assert!(pixels > 0);
        let _ = GoldenVectors::from_json(text, &contract);
    }
});

# The two commands of the README, and what else is done by hand. Each sets up what it needs or says what is missing.

.PHONY: demo test lint docs samples zoo onnxruntime pi

# Fetch MNIST, distil a student from the shipped teacher, export it, classify the samples: about ten minutes in a bare
# clone on two cores, most of it compiling.
demo:
	scripts/demo

# Every test, on optimised code: the build of `make demo` serves both.
test:
	scripts/set-up
	cargo test --release --workspace --locked

# Format and lints, as CI checks them.
lint:
	scripts/set-up
	cargo fmt --all --check
	cargo clippy --release --workspace --all-targets --locked -- -D warnings

# The documentation of all libraries, with warnings denied, and the commands in README.md and docs/.
docs:
	RUSTDOCFLAGS="-D warnings" cargo doc --release --workspace --no-deps --locked
	scripts/check-docs

# Every precision of the shipped student through onnxruntime, image by image; needs Python 3 with venv.
onnxruntime:
	scripts/check-onnxruntime

# The preprocessing beside Pillow, on generated pictures; needs Python 3 with venv.
pillow:
	scripts/check-pillow

# edge-runtime for 64-bit and 32-bit boards, into dist/.
pi:
	scripts/build-boards

# Train the shipped networks again, into runs/zoo. The cards in models/zoo say what comes out.
zoo:
	scripts/train-zoo

# Make samples/ again from MNIST.
samples:
	scripts/set-up
	cargo run --release --locked -p imago-trainer --features cli -- fetch mnist
	cargo run --release --locked -p imago-tests --example make_samples -- mnist samples

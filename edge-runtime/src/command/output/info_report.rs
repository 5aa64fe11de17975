//! A model: what `edge-runtime info` shows of a file and of this machine, in words and a table of 80 columns or as the keys of
//! one JSON object.

use edge_runtime::{
    Framing, ImageInput, LayerSummary, ModelContract, ModelSummary, Polarity, Processor, Provenance,
};
use models::storage::grouped_digits::grouped;

use super::columns::{line, precisions, processor_lines};
use super::report::Report;

/// What a model file holds, and what this machine has to run it.
#[derive(serde::Serialize)]
pub(crate) struct InfoReport<'model> {
    pub(crate) model: &'model str,
    /// SHA-256 of the whole model file.
    pub(crate) sha256: String,
    #[serde(flatten)]
    pub(crate) summary: &'model ModelSummary,
    pub(crate) contract: &'model ModelContract,
    pub(crate) processor: Processor,
    /// tract's matrix kernels for this model on this processor.
    pub(crate) kernels: Vec<String>,
}

/// More class names than a terminal is filled with, and how many of them are shown then.
const MANY_LABELS: usize = 100;
const SHOWN_LABELS: usize = 20;

impl Report for InfoReport<'_> {
    fn in_words(&self) -> String {
        let Self { contract, summary, .. } = self;
        let mut text = String::new();
        let size = format!(
            "{} bytes, {} parameters, {}",
            grouped(summary.file_bytes),
            grouped(summary.parameters),
            precisions(&summary.precision)
        );
        line(&mut text, "model", self.model);
        line(&mut text, "size", &size);
        line(&mut text, "sha256", &self.sha256);
        line(&mut text, "labels", &labels(&contract.labels));
        line(&mut text, "input", &input(&contract.input));
        line(&mut text, "ink", polarity(contract.input.polarity));
        line(&mut text, "other sizes", &fit(&contract.input));
        line(&mut text, "values", &values(&contract.input));
        provenance(&mut text, &contract.provenance);
        processor_lines(&mut text, &self.processor, &self.kernels);
        text + "\n" + &layers(summary)
    }
}

/// The class names; of very many the first ones.
fn labels(labels: &[String]) -> String {
    match labels.get(..SHOWN_LABELS) {
        Some(first) if labels.len() > MANY_LABELS => {
            format!("{}, … ({} in all, --format json lists them)", first.join(", "), labels.len())
        }
        _ => labels.join(", "),
    }
}

fn input(input: &ImageInput) -> String {
    let colour = if input.channels == 1 { "grey" } else { "red, green, blue" };
    let [channels, height, width] = input.shape();
    format!("{width}x{height} pixels, {colour}; f32 [batch, {channels}, {height}, {width}]")
}

fn polarity(polarity: Polarity) -> &'static str {
    match polarity {
        Polarity::LightOnDark => "light on dark; pictures of the reverse are inverted",
        Polarity::DarkOnLight => "dark on light; pictures of the reverse are inverted",
        Polarity::Natural => "none: natural pictures, never inverted",
    }
}

fn fit(input: &ImageInput) -> String {
    match input.framing {
        Framing::Fit => format!("the whole picture, scaled in proportion and centred on {}", padding(input)),
        Framing::Fill => {
            "the middle of the picture, scaled in proportion, cut to the input's sides".to_owned()
        }
        Framing::Stretch => "the whole picture, stretched to the input's sides".to_owned(),
        Framing::Ink(ink) => format!(
            "the box around the ink, scaled to {} pixels, its centre of mass in the middle",
            ink.longest_side
        ),
    }
}

fn padding(input: &ImageInput) -> String {
    match input.padding.iter().all(|&value| value == 0.0) {
        true => "black".to_owned(),
        false => format!("{:?} (0 black, 1 white)", input.padding),
    }
}

fn values(input: &ImageInput) -> String {
    let [black, white] = input.value_range;
    let plain = input.mean.iter().all(|mean| *mean == 0.0)
        && input.standard_deviation.iter().all(|deviation| *deviation == 1.0);
    match plain {
        true => format!("{black} (black) to {white} (white)"),
        false => format!(
            "{black} (black) to {white} (white), minus {:?}, divided by {:?}",
            input.mean, input.standard_deviation
        ),
    }
}

fn provenance(text: &mut String, provenance: &Provenance) {
    for (name, value) in [
        ("network", &provenance.network),
        ("training", &provenance.training),
        ("data", &provenance.data),
        ("producer", &provenance.producer),
    ] {
        if !value.is_empty() {
            line(text, name, value);
        }
    }
    if provenance.epochs > 0 {
        line(text, "epochs", &format!("{}, seed {}", provenance.epochs, provenance.seed));
    }
    for teacher in &provenance.teachers {
        line(text, "teacher", teacher);
    }
    if let Some(temperature) = provenance.distillation_temperature {
        let weight =
            provenance.soft_weight.map(|weight| format!(", soft weight {weight}")).unwrap_or_default();
        line(text, "distilled", &format!("at temperature {temperature}{weight}; answers at temperature 1"));
    }
    if let Some(transfer) = &provenance.transfer {
        line(text, "transfer set", transfer);
    }
    if !provenance.bias_shifts.is_empty() {
        let shifts: Vec<String> = provenance.bias_shifts.iter().map(|shift| format!("{shift:+.2}")).collect();
        line(text, "bias shifts", &shifts.join(" "));
    }
    if let Some(accuracy) = provenance.validation_accuracy {
        line(text, "validation", &format!("{:.2}% right", 100.0 * accuracy));
    }
}

fn layers(summary: &ModelSummary) -> String {
    let title = ["operator", "name", "weights", "output", "parameters"].map(str::to_owned);
    let rows: Vec<[String; 5]> = std::iter::once(title).chain(summary.layers.iter().map(row)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; 5] = std::array::from_fn(width);
    let [a, b, c, d, e] = widths;
    let line = |[operator, name, weights, output, parameters]: &[String; 5]| {
        let line = format!("{operator:a$}  {name:b$}  {weights:c$}  {output:d$}  {parameters:>e$}");
        line.trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

fn row(layer: &LayerSummary) -> [String; 5] {
    // Scalars, the zero points and scales of integers, have no sides to show.
    let weights = layer.weights.iter().filter(|shape| !shape.is_empty());
    let weights: Vec<String> = weights.map(|shape| sides(shape)).collect();
    let parameters = if layer.parameters == 0 { String::new() } else { grouped(layer.parameters) };
    [layer.operator.clone(), layer.name.clone(), weights.join(" + "), sides(&layer.output), parameters]
}

/// `[128, 784]` as `128x784`.
fn sides(shape: &[usize]) -> String {
    shape.iter().map(ToString::to_string).collect::<Vec<_>>().join("x")
}

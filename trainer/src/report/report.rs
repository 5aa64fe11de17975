//! `trainer report`: runs and images in, one HTML file out. The steps of a report are put together here; each step has
//! a file of its own.

use std::io::Write;

use anyhow::{Context, bail};
use models::Polarity;
use models::storage::atomic_file;
use models::storage::printable::{PrintablePath, printable};

use crate::arguments::description_arguments::say_assumed_split;
use crate::data::data_directory::DataDirectory;
use crate::data::split::Split;
use crate::evaluation::evaluation::Evaluation;
use crate::process::console::say;
use crate::report::arguments::ReportArguments;
use crate::report::details::{Detailed, detailed_part, networks_in_full};
use crate::report::entries::{entries, trained_on_other_data};
use crate::report::leaders::{leaders, shown_in_full};
use crate::report::measurement::{
    ReportImages, evaluation, evaluation_of_logits, label_order, network_logits,
};
use crate::report::page_data::{MeasuredOn, PageData, RecipeEntry};
use crate::report::sources::{Role, Source};
use crate::report::{curves, page, recipes, sources, sweep_plots};
use crate::run::config::RunConfig;
use crate::run::run_data;

/// The size of a page that a phone opens at once, in bytes. Pictures leave room for the figures of some hundred runs in it;
/// a page of thousands is larger, which is said.
const LARGE_PAGE: usize = 3_000_000;

/// The training images that are shown where none are asked for, the two examples of Kariya, "Dark Knowledge in Neural
/// Networks", 2018: in MNIST a 5 that resembles a 3, and a 2.
const CHOSEN_IMAGES: [usize; 2] = [0, 16];

/// Writes the report about the runs of `arguments` to its file, and a line about it to `out`.
///
/// # Errors
/// One line that names the file or the value.
pub fn write(arguments: &ReportArguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let mut sources = sources::find(&arguments.runs)?;
    let given = sources.len();
    if sources.iter().all(|source| source.role != Role::Teacher) {
        sources.extend(sources::named_teachers(&sources));
    }
    let images = images(arguments, &sources)?;
    compare_classes(&sources, &images)?;
    let chosen = chosen_images(arguments, &images)?;
    let data = page_data(&sources, given, &images, &chosen)?;
    let page = page::html(&data).context("the report's data")?;
    atomic_file::write(&arguments.out, page.as_bytes())?;
    if data.chosen.len() < chosen.len() {
        let (shown, asked) = (data.chosen.len(), chosen.len());
        say(format_args!("the page has room for {shown} of the {asked} training images of --images"));
    }
    if page.len() > LARGE_PAGE {
        say(format_args!(
            "{}: {} bytes are much for a phone; fewer runs make a smaller page",
            arguments.out.printable(),
            page.len()
        ));
    }
    let unfinished = sources.iter().filter(|source| source.finished.is_none()).count();
    let note = if unfinished > 0 { format!(", {unfinished} without weights yet") } else { String::new() };
    writeln!(
        out,
        "{}: {} bytes, {} {}{note}, on {} {} images",
        arguments.out.printable(),
        page.len(),
        sources.len(),
        if sources.len() == 1 { "network" } else { "networks" },
        data.data.images,
        data.data.split
    )?;
    Ok(())
}

/// Reads the images of the set that was asked for, or of the set that all runs were trained on.
fn images(arguments: &ReportArguments, sources: &[Source]) -> anyhow::Result<ReportImages> {
    let configs = || sources.iter().filter_map(|source| source.config.as_ref());
    let load = |name: &String| {
        let directory = directory_of(sources, name);
        let images = ReportImages::load(name, &directory, arguments.split)?;
        if arguments.split == Split::Validation {
            say_assumed_split(&directory);
        }
        anyhow::Ok(images)
    };
    if let Some(name) = &arguments.data {
        return load(name);
    }
    let of_run = configs().next().map(|config| &config.data);
    let of_file = || sources.iter().filter_map(|source| source.finished.as_ref()).map(|f| &f.provenance.data);
    let name = of_run.or_else(|| of_file().find(|name| !name.is_empty()));
    let name = name.context("--data: expected, since no run or file says what it was trained on")?;
    let images = load(name)?;
    for source in sources {
        if trained_on_other_data(source, &images) == Some(true) {
            bail!(
                "{}: expected a run trained on {name} as it is now, as the first run; \
                 --data chooses images for runs of several sets",
                source.path.printable()
            );
        }
    }
    Ok(images)
}

/// Returns the directory of `data` as the first of the runs took it that were trained on that very directory, and says
/// which of them took it otherwise; where no run was trained on it, as it says itself.
fn directory_of(sources: &[Source], data: &str) -> DataDirectory {
    let directory = DataDirectory::find(data);
    let config_of = |source: &Source| source.config.clone().or_else(|| run_data::config_of(&source.path));
    let on_it: Vec<(&Source, RunConfig)> = sources
        .iter()
        .filter_map(|source| Some((source, config_of(source)?)))
        .filter(|(_, config)| run_data::is_same_place(&config.data_directory(), &directory))
        .collect();
    let Some((first, config)) = on_it.first() else { return directory };
    let taken = config.data_set();
    for (source, _) in on_it.iter().filter(|(_, other)| other.data_set() != taken) {
        say(format_args!(
            "{}: took {} otherwise than {}, after which the report goes",
            source.path.printable(),
            printable(data),
            first.path.printable()
        ));
    }
    config.data_directory()
}

/// Checks that every network names the classes of the images, and says which of them name these in another order.
fn compare_classes(sources: &[Source], images: &ReportImages) -> anyhow::Result<()> {
    for (source, finished) in sources.iter().filter_map(|source| Some((source, source.finished.as_ref()?))) {
        let order = label_order(source, &finished.labels, images)?;
        if let Some(note) = order.note(&source.path.printable(), &images.name) {
            say(format_args!("{note}"));
        }
    }
    Ok(())
}

/// Returns the training images whose dark knowledge is shown: those asked for, which must be there, or else the two
/// examples, as far as the set has them.
fn chosen_images(arguments: &ReportArguments, images: &ReportImages) -> anyhow::Result<Vec<usize>> {
    let count = images.training_images();
    let Some(asked) = &arguments.images else {
        return Ok(CHOSEN_IMAGES.into_iter().filter(|&index| index < count).collect());
    };
    if let Some(index) = asked.iter().find(|&&index| index >= count) {
        bail!("--images: expected 0 to {}, found {index}", count - 1);
    }
    Ok(asked.clone())
}

/// Returns whether the images are drawings, as the first network with weights was told.
fn are_drawings(sources: &[Source]) -> bool {
    let polarity = sources.iter().find_map(|source| Some(source.finished.as_ref()?.polarity));
    polarity == Some(Polarity::LightOnDark)
}

fn page_data(
    sources: &[Source],
    given: usize,
    images: &ReportImages,
    chosen: &[usize],
) -> anyhow::Result<PageData> {
    let leaders = leaders(sources);
    let most = networks_in_full(images.measured().len(), images.classes.len());
    let shown = shown_in_full(sources, &leaders, most);
    let mut evaluations: Vec<Option<Evaluation>> = vec![None; sources.len()];
    let mut detailed = Vec::with_capacity(shown.len());
    for &network in &shown {
        let logits = network_logits(&sources[network], images, chosen)?;
        evaluations[network] = Some(evaluation_of_logits(&logits.measured, images.measured()));
        detailed.push(Detailed { network, role: sources[network].role, logits });
    }
    for (source, found) in sources.iter().zip(&mut evaluations) {
        if source.finished.is_some() && found.is_none() {
            *found = Some(evaluation(source, images)?);
        }
    }
    let part = detailed_part(&detailed, images, chosen)?;
    let accuracies: Vec<Option<f64>> =
        evaluations.iter().map(|evaluation| evaluation.as_ref().map(|e| e.accuracy)).collect();
    let recipe =
        |recipe: recipes::Recipe| RecipeEntry { networks: recipe.sources, accuracy: recipe.accuracy };
    let (curves, curves_left_out) = curves::curves(sources, &shown);
    Ok(PageData {
        producer: format!("trainer {}", env!("CARGO_PKG_VERSION")),
        data: MeasuredOn {
            name: images.name.clone(),
            split: images.split.name(),
            images: images.measured().len(),
            validation_images: images.validation().len(),
            classes: images.classes.clone(),
            shape: images.measured().shape(),
            drawings: are_drawings(sources),
        },
        recipes: recipes::recipes(sources, &accuracies).into_iter().map(recipe).collect(),
        sweeps: sweep_plots::sweeps(sources, &accuracies),
        networks: entries(sources, given, images, evaluations),
        leaders,
        curves,
        curves_left_out,
        details: part.details,
        agreements: part.agreements,
        pictures: part.pictures,
        chosen: part.chosen,
        informative: part.informative,
        informative_by: part.informative_by,
        caps: part.caps,
    })
}

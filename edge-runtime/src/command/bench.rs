//! `edge-runtime bench`: how fast this machine classifies, as a table and as JSON that can be pasted into a report.
//!
//! In: a model and pictures. Out: times of loading, of inference and of whole pictures, and pictures a second by threads.

use std::process::ExitCode;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use edge_runtime::{
    DEFAULT_MAX_PIXELS, LARGEST_PICTURE_BYTES, Processor, decode_picture, read_picture_bytes,
};
use models::ImageInput;
use models::process::peak_resident_bytes;
use models::storage::printable::lossless;

use super::arguments::BenchArguments;
use super::input::{Depth, ModelFile, Picture, find_pictures};
use super::output::{BenchReport, Percentiles, Report, Throughput};
use super::sample_picture::SamplePicture;

/// Runs before the clock counts: memory is there by then, and the processor has its speed.
const WARM_UP: usize = 50;

/// The most pictures that are kept in memory.
const MOST_PICTURES: usize = 100;

/// With more cores, powers of two and all of them.
const EVERY_COUNT: usize = 8;

/// Measures for about as long as the arguments say, and prints.
pub(crate) fn run(arguments: &BenchArguments) -> anyhow::Result<ExitCode> {
    measure(arguments)?.write(arguments.format, ExitCode::SUCCESS)
}

fn measure(arguments: &BenchArguments) -> anyhow::Result<BenchReport> {
    let start = Instant::now();
    let file = ModelFile::read(arguments.model.as_deref())?;
    let classifier = file.classifier()?;
    let load = start.elapsed();
    let input = vec![0.5; classifier.contract().input.values()];
    let start = Instant::now();
    classifier.probabilities(&input)?;
    let first = start.elapsed();

    let (pictures, described) = pictures(arguments, &classifier.contract().input)?;
    let processor = Processor::detect();
    let counts = thread_counts(processor.cores);
    let share = Duration::from_secs_f64(arguments.seconds / (2 + counts.len()) as f64);
    let end_to_end = |picture: &Vec<u8>| -> anyhow::Result<()> {
        classifier.classify(&decode_picture("picture", picture, DEFAULT_MAX_PIXELS)?)?;
        Ok(())
    };
    let mut cycle = pictures.iter().cycle();
    Ok(BenchReport {
        version: env!("CARGO_PKG_VERSION"),
        sha256: file.sha256(),
        model_bytes: file.bytes.len(),
        model: file.name,
        precision: classifier.summary().precision.clone(),
        processor,
        kernels: classifier.kernels(),
        pictures: described,
        load_ms: thousandths(1e3 * load.as_secs_f64()),
        first_inference_us: thousandths(1e6 * first.as_secs_f64()),
        inference_us: latency(share, || Ok(classifier.probabilities(&input).map(drop)?))?,
        end_to_end_us: latency(share, || cycle.next().map_or(Ok(()), &end_to_end))?,
        throughput: counts
            .into_iter()
            .map(|threads| throughput(share, threads, &pictures, &end_to_end))
            .collect::<Result<_, _>>()?,
        peak_resident_bytes: peak_resident_bytes(),
    })
}

/// The bytes of the pictures to classify, at least one, and what they are in words.
fn pictures(arguments: &BenchArguments, input: &ImageInput) -> anyhow::Result<(Vec<Vec<u8>>, String)> {
    if arguments.paths.is_empty() {
        let sample = SamplePicture::of(input)?;
        return Ok((vec![sample.png], sample.described));
    }
    let found = find_pictures(&arguments.paths, Depth::Folder, LARGEST_PICTURE_BYTES)?;
    let pictures: Vec<Vec<u8>> = found
        .entries
        .take(MOST_PICTURES)
        .map(|entry| bytes(entry.map_err(anyhow::Error::msg)?))
        .collect::<Result<_, _>>()?;
    let described = match pictures.len() {
        1 => "the given file".to_owned(),
        count => format!("{count} given files"),
    };
    Ok((pictures, described))
}

/// The bytes of a file that is a picture.
fn bytes(picture: Picture) -> anyhow::Result<Vec<u8>> {
    match picture {
        Picture::Bytes(bytes) => Ok(bytes),
        Picture::File(path) => {
            let bytes = read_picture_bytes(&path)?;
            decode_picture(&lossless(&path), &bytes, DEFAULT_MAX_PIXELS)?;
            Ok(bytes)
        }
    }
}

/// The times of single runs, one after another.
fn latency(share: Duration, mut work: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<Percentiles> {
    for _ in 0..WARM_UP {
        work()?;
    }
    let (start, mut times) = (Instant::now(), Vec::new());
    while times.is_empty() || start.elapsed() < share {
        let run = Instant::now();
        work()?;
        times.push(thousandths(1e6 * run.elapsed().as_secs_f64()));
    }
    Ok(percentiles(times))
}

fn percentiles(mut times: Vec<f64>) -> Percentiles {
    times.sort_by(f64::total_cmp);
    let runs = times.len();
    let rank = |percent: usize| times[(percent * runs).div_ceil(100).clamp(1, runs) - 1];
    Percentiles { runs, p50: rank(50), p90: rank(90), p99: rank(99) }
}

/// Every thread classifies the pictures in turn until the time is over.
fn throughput(
    share: Duration,
    threads: usize,
    pictures: &[Vec<u8>],
    work: &(impl Fn(&Vec<u8>) -> anyhow::Result<()> + Sync),
) -> anyhow::Result<Throughput> {
    let together = Barrier::new(threads);
    let labour = |first: usize| -> anyhow::Result<f64> {
        let mut own = pictures.iter().cycle().skip(first % pictures.len());
        together.wait();
        let (start, mut done) = (Instant::now(), 0);
        while done == 0 || start.elapsed() < share {
            own.next().map_or(Ok(()), work)?;
            done += 1;
        }
        Ok(f64::from(done) / start.elapsed().as_secs_f64())
    };
    let rates: anyhow::Result<Vec<f64>> = thread::scope(|scope| {
        let hands: Vec<_> = (1..threads).map(|first| scope.spawn(move || labour(first))).collect();
        let own = labour(0);
        let others = hands.into_iter().map(|hand| hand.join().unwrap_or_else(|_| Err(panicked())));
        std::iter::once(own).chain(others).collect()
    });
    Ok(Throughput { threads, images_per_second: thousandths(rates?.iter().sum()) })
}

/// Rounds to thousandths: no clock here knows more digits.
fn thousandths(value: f64) -> f64 {
    (1e3 * value).round() / 1e3
}

fn panicked() -> anyhow::Error {
    anyhow::anyhow!("a thread that classifies has panicked")
}

/// 1, 2, 3 … up to eight cores; 1, 2, 4, 8, 16 … and all of them beyond.
fn thread_counts(cores: usize) -> Vec<usize> {
    (1..=cores).filter(|&count| cores <= EVERY_COUNT || count == cores || count.is_power_of_two()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let times = (1..=200).rev().map(f64::from).collect();
        assert_eq!(percentiles(times), Percentiles { runs: 200, p50: 100.0, p90: 180.0, p99: 198.0 });
        assert_eq!(percentiles(vec![7.0]), Percentiles { runs: 1, p50: 7.0, p90: 7.0, p99: 7.0 });
    }

    #[test]
    fn few_cores_are_all_counted_and_many_by_doubling() {
        assert_eq!(thread_counts(1), [1]);
        assert_eq!(thread_counts(4), [1, 2, 3, 4]);
        assert_eq!(thread_counts(12), [1, 2, 4, 8, 12]);
    }
}

//! What `birdc` prints, one file per command.

use super::super::folder::FolderError;
use super::super::{BirdAnswer, BirdDaemon, Gap, Source};
use super::configs::BirdFiles;
use super::outputs::Output;
use super::{Reader, configs};
use crate::seen::Unseen;

/// The answers without which rules about sessions stay unproven, in the order of asking.
const NEEDED: [Output; 3] = [
    Output::new(Source::BirdSocket, "birdc-show-status.txt", "birdc show status"),
    Output::new(Source::BirdSocket, "birdc-show-protocols-all.txt", "birdc show protocols all"),
    Output::new(Source::BirdSocket, "birdc-show-route-all.txt", "birdc show route all"),
];

impl Reader<'_> {
    /// The daemon as its files and its answers tell it; none where neither is there.
    pub(super) fn bird(&mut self) -> Result<(), FolderError> {
        let BirdFiles { config, files } = configs::bird_files(&self.outputs)?;
        let mut daemon = BirdDaemon { name: "bird".to_owned(), config, files, ..BirdDaemon::default() };
        self.answers(&mut daemon)?;
        self.ask_config(&daemon);
        if !daemon.files.is_empty() || !daemon.answers.is_empty() || daemon.running.is_some() {
            self.snapshot.bird.push(daemon);
        }
        self.wg_quick()
    }

    /// A folder with nothing about BIRD's files was not asked about them, unless BIRD answers in it.
    fn ask_config(&mut self, daemon: &BirdDaemon) {
        if !daemon.files.is_empty() {
            self.snapshot.sources.ask(Source::BirdConfig);
        } else if !daemon.answers.is_empty() {
            let reason = "BIRD answers, but its `bird.conf` is not in the folder";
            let remedy = "copy `/etc/bird/bird.conf` here, and what it includes under `bird/root/`";
            let gap = Gap { part: String::new(), torn: false, why: Unseen::new(reason, remedy) };
            self.snapshot.sources.miss(Source::BirdConfig, gap);
        }
    }

    fn answers(&mut self, daemon: &mut BirdDaemon) -> Result<(), FolderError> {
        for needed in &NEEDED {
            self.outputs.ask(needed, &mut self.snapshot.sources)?;
        }
        for (file, command) in answer_files(self.outputs.names()) {
            let bytes = self.outputs.bytes(&file)?;
            match answer(&String::from_utf8_lossy(&bytes)) {
                Ok(text) => daemon.answers.push(BirdAnswer { command, text }),
                Err(refusal) => refused(self, daemon, &file, &refusal),
            }
        }
        daemon.version = daemon.answers.iter().find_map(|answer| version(&answer.text));
        daemon.running = daemon.running.or((!daemon.answers.is_empty()).then_some(true));
        Ok(())
    }
}

/// The files with answers and their commands, those that are needed first.
fn answer_files(names: &[String]) -> Vec<(String, String)> {
    let rank = |name: &str| NEEDED.iter().position(|needed| needed.file == name).unwrap_or(NEEDED.len());
    let command = |name: &String| {
        let command = name.strip_prefix("birdc-")?.strip_suffix(".txt")?;
        command.starts_with("show-").then(|| (name.clone(), command.replace('-', " ")))
    };
    let mut found: Vec<(String, String)> = names.iter().filter_map(command).collect();
    found.sort_by_key(|(name, _)| rank(name));
    found
}

/// The text as the socket sent it, less what `birdc` adds; the refusal, if that is what stands there.
fn answer(text: &str) -> Result<String, String> {
    if let Some(line) = text.lines().find(|line| line.starts_with("Unable to connect")) {
        return Err(line.to_owned());
    }
    let own = |line: &&str| !(line.starts_with("BIRD ") && line.ends_with(" ready."));
    let lines = text.lines().filter(own).filter(|line| *line != "Access restricted");
    Ok(lines.flat_map(|line| [line, "\n"]).collect())
}

/// Notes once that the daemon could not be reached. A socket that nobody serves means that BIRD is dead.
fn refused(reader: &mut Reader<'_>, daemon: &mut BirdDaemon, file: &str, refusal: &str) {
    if refusal.contains("Connection refused") {
        daemon.running = Some(false);
    }
    let sources = &mut reader.snapshot.sources;
    if sources.gaps(Source::BirdSocket).iter().all(|gap| gap.why.reason != *refusal) {
        let remedy = format!("start BIRD, or run `birdc` as a user who may, and write `{file}` again");
        let gap = Gap { part: String::new(), torn: false, why: Unseen::new(refusal, remedy) };
        sources.miss(Source::BirdSocket, gap);
    }
}

/// `2.0.12` of the line `BIRD 2.0.12` in the status.
fn version(text: &str) -> Option<String> {
    let line = text.lines().next()?.strip_prefix("BIRD ")?;
    line.split_whitespace().next().map(str::to_owned)
}

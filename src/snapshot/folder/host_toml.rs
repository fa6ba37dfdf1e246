//! `host.toml`: what the node is, which sources were asked, and which files hold what.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::{BirdDaemon, Gap, Snapshot, Source, Sources};
use super::stored::Shelf;
use crate::seen::Unseen;

/// The version of the format that this program writes, and the only one that it reads.
pub(super) const FORMAT: u32 = 1;

/// The version alone, read before anything else: other versions may have other fields.
#[derive(Deserialize)]
pub(super) struct FormatOnly {
    pub(super) format: u32,
}

/// The whole file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct HostToml {
    pub(super) format: u32,
    pub(super) node: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) taken: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) kernel: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) merged_tables: Option<bool>,
    #[serde(default)]
    pub(super) sources: SourcesToml,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) wg_quick: Vec<WgQuickToml>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) bird: Vec<BirdToml>,
}

/// `[sources]`: a source that is not under `asked` was not asked.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct SourcesToml {
    asked: Vec<Source>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    gap: Vec<GapToml>,
}

/// `[[sources.gap]]`
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct GapToml {
    source: Source,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    part: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    torn: bool,
    reason: String,
    remedy: String,
}

/// `[[wg-quick]]`
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct WgQuickToml {
    pub(super) interface: String,
    pub(super) path: String,
    pub(super) stored: String,
}

/// `[[bird]]`
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct BirdToml {
    pub(super) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) running: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) config: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) socket: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) file: Vec<FileToml>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) answer: Vec<AnswerToml>,
}

/// `[[bird.file]]`
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct FileToml {
    pub(super) path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) modified: Option<i64>,
    pub(super) stored: String,
}

/// `[[bird.answer]]`
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct AnswerToml {
    pub(super) command: String,
    pub(super) stored: String,
}

impl HostToml {
    /// What a snapshot's `host.toml` says, with a name for every text that is to be stored.
    pub(super) fn of(snapshot: &Snapshot) -> HostToml {
        let mut shelf = Shelf::default();
        let wg_quick = snapshot.wg_quick.iter().map(|file| WgQuickToml {
            interface: file.interface.clone(),
            path: file.path.clone(),
            stored: shelf.place(format!("wireguard/{}.conf", file.interface)),
        });
        let wg_quick = wg_quick.collect();
        let daemons = snapshot.bird.iter().enumerate();
        let bird = daemons.map(|(at, daemon)| BirdToml::of(at, daemon, &mut shelf)).collect();
        HostToml {
            format: FORMAT,
            node: snapshot.node.clone(),
            taken: snapshot.taken,
            kernel: snapshot.kernel.clone(),
            merged_tables: snapshot.merged_tables,
            sources: SourcesToml::of(&snapshot.sources),
            wg_quick,
            bird,
        }
    }

    /// Every file that holds a text, as a path within the folder.
    pub(super) fn stored(&self) -> impl Iterator<Item = &str> {
        let daemons = self.bird.iter();
        let of_bird = daemons.flat_map(|daemon| {
            let files = daemon.file.iter().map(|file| file.stored.as_str());
            files.chain(daemon.answer.iter().map(|answer| answer.stored.as_str()))
        });
        self.wg_quick.iter().map(|file| file.stored.as_str()).chain(of_bird)
    }
}

impl BirdToml {
    fn of(at: usize, daemon: &BirdDaemon, shelf: &mut Shelf) -> BirdToml {
        let place = if at == 0 { "bird".to_owned() } else { format!("bird-{}", at + 1) };
        let main = daemon.files.first().map_or("", |file| file.path.as_str());
        let file = daemon.files.iter().map(|file| FileToml {
            path: file.path.clone(),
            modified: file.modified,
            stored: shelf.place_config(&place, main, &file.path),
        });
        let file = file.collect();
        let answer = daemon.answers.iter().map(|answer| AnswerToml {
            command: answer.command.clone(),
            stored: shelf.place_answer(&place, &answer.command),
        });
        BirdToml {
            name: daemon.name.clone(),
            running: daemon.running,
            version: daemon.version.clone(),
            config: daemon.config.clone(),
            socket: daemon.socket.clone(),
            file,
            answer: answer.collect(),
        }
    }
}

impl SourcesToml {
    fn of(sources: &Sources) -> SourcesToml {
        let asked = Source::ALL.into_iter().filter(|source| sources.asked(*source));
        let gaps = Source::ALL.into_iter().flat_map(|source| {
            sources.gaps(source).iter().map(move |gap| GapToml {
                source,
                part: gap.part.clone(),
                torn: gap.torn,
                reason: gap.why.reason.clone(),
                remedy: gap.why.remedy.clone(),
            })
        });
        SourcesToml { asked: asked.collect(), gap: gaps.collect() }
    }

    pub(super) fn sources(&self) -> Sources {
        let mut sources = Sources::default();
        self.asked.iter().for_each(|source| sources.ask(*source));
        for gap in &self.gap {
            let why = Unseen::new(&gap.reason, &gap.remedy);
            sources.miss(gap.source, Gap { part: gap.part.clone(), torn: gap.torn, why });
        }
        sources
    }
}

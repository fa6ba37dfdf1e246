//! When to look again: what the kernel announces, gathered into occasions, and a regular one besides.
//!
//! A thread of its own joins the notification groups in the network namespace and does nothing but listen: its socket is
//! read through rtnetlink's framed stream, whose type of message can be received and not be sent. WireGuard and BIRD
//! announce nothing, hence the regular occasion. What was announced is not kept: whoever is told looks at everything. Must
//! not judge or print.

use std::convert::Infallible;
use std::io;
use std::pin::pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use futures::channel::oneshot;
use futures::{Stream, StreamExt as _, future, stream};
use nix::libc;
use rtnetlink::MulticastGroup;
use rtnetlink::packet_core::{NetlinkDeserializable, NetlinkHeader, NetlinkMessage, NetlinkPayload};
use rtnetlink::proto::sys::{AsyncSocket as _, TokioSocket, protocols::NETLINK_ROUTE};
use rtnetlink::proto::{NetlinkCodec, NetlinkFramed};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::{CollectError, namespace};

/// Everything of which a snapshot's netlink rows and settings are made.
const GROUPS: [MulticastGroup; 10] = [
    MulticastGroup::Link,
    MulticastGroup::Ipv4Ifaddr,
    MulticastGroup::Ipv6Ifaddr,
    MulticastGroup::Ipv4Route,
    MulticastGroup::Ipv6Route,
    MulticastGroup::Ipv4Rule,
    MulticastGroup::Ipv6Rule,
    MulticastGroup::Nexthop,
    MulticastGroup::Ipv4Netconf,
    MulticastGroup::Ipv6Netconf,
];

/// Why to look now; a later one stands for those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Occasion {
    /// The groups are joined: whatever changes from here on is heard.
    Begun,
    /// Nothing was announced for the whole interval.
    Due,
    /// Something changed, and then nothing more for a while.
    Announced,
    /// Announcements were lost, so that something may have changed unheard.
    Missed,
}

/// The occasions to look at a node, until the process is told to end (`SIGINT`, `SIGTERM`).
pub struct Watcher {
    occasions: Receiver<Result<Occasion, CollectError>>,
    listening: Option<JoinHandle<()>>,
    // Dropped with the watcher, which ends the thread.
    _wanted: oneshot::Sender<Infallible>,
}

impl Watcher {
    /// Begins to listen in a network namespace below `/run/netns`, or the current one; an occasion comes at least every
    /// `interval`.
    pub fn start(netns: Option<&str>, interval: Duration) -> Result<Watcher, CollectError> {
        let (sender, occasions) = channel();
        let (wanted, unwanted) = oneshot::channel();
        let netns = netns.map(str::to_owned);
        let pace = Pace { interval, ..Pace::default() };
        let listening = thread::Builder::new().name("watch".to_owned()).spawn(move || {
            if let Err(error) = listen(netns.as_deref(), pace, &sender, unwanted) {
                // Nobody is left to tell where the watcher went first.
                let _ = sender.send(Err(error));
            }
        })?;
        Ok(Watcher { occasions, listening: Some(listening), _wanted: wanted })
    }
}

impl Iterator for Watcher {
    type Item = Result<Occasion, CollectError>;

    /// Waits for the next occasion; those that came while nobody waited are one.
    fn next(&mut self) -> Option<Self::Item> {
        match self.occasions.recv() {
            Ok(first) => Some(self.occasions.try_iter().fold(first, |known, later| Ok(known?.max(later?)))),
            Err(_) => {
                // A panic is not an end to be content with.
                let ended = self.listening.take().map_or(Ok(()), JoinHandle::join);
                ended.map_or_else(|panic| std::panic::resume_unwind(panic), |()| None)
            }
        }
    }
}

/// How announcements are gathered.
#[derive(Clone, Copy)]
struct Pace {
    /// After this long without a word it is time to look all the same.
    interval: Duration,
    /// Announcements less than this apart belong together.
    quiet: Duration,
    /// They are not waited for longer than this.
    longest: Duration,
}

impl Default for Pace {
    fn default() -> Pace {
        let [interval, quiet, longest] = [60, 1, 10].map(Duration::from_secs);
        Pace { interval, quiet, longest }
    }
}

/// Listens on this thread, which enters the namespace, until the process or the watcher's owner ends it.
fn listen(
    netns: Option<&str>,
    pace: Pace,
    sender: &Sender<Result<Occasion, CollectError>>,
    unwanted: oneshot::Receiver<Infallible>,
) -> Result<(), CollectError> {
    netns.map_or(Ok(()), namespace::enter)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let signals = [SignalKind::interrupt(), SignalKind::terminate()].map(signal);
        let told = told_to_end(signals.into_iter().collect::<Result<_, _>>()?, unwanted);
        let announcements = announcements(subscribe()?, pace.quiet);
        let mut occasions = pin!(occasions(announcements, pace).take_until(told));
        while let Some(occasion) = occasions.next().await {
            if sender.send(occasion).is_err() {
                break;
            }
        }
        Ok(())
    })
}

/// Waits for one of the signals, or until the watcher's owner wants no more.
async fn told_to_end(mut signals: Vec<Signal>, unwanted: oneshot::Receiver<Infallible>) {
    let signals = future::select_all(signals.iter_mut().map(|signal| Box::pin(signal.recv())));
    future::select(signals, unwanted).await;
}

/// What came over the socket, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heard {
    Change,
    Loss,
}

/// A message of whatever kind. It is not decoded: rtnetlink would drop what it does not know, next-hop objects among it.
///
/// It has no `NetlinkSerializable`, so that no connection of this type can send a request.
#[derive(Debug)]
struct Announcement;

impl NetlinkDeserializable for Announcement {
    type Error = Infallible;

    fn deserialize(_: &NetlinkHeader, _: &[u8]) -> Result<Announcement, Infallible> {
        Ok(Announcement)
    }
}

type Subscription = NetlinkFramed<Announcement, TokioSocket, NetlinkCodec>;

/// Joins the groups; a kernel that has no such thing as a group is about announces nothing of it.
fn subscribe() -> io::Result<Subscription> {
    let mut socket = TokioSocket::new(NETLINK_ROUTE)?;
    socket.socket_mut().bind_auto()?;
    for group in GROUPS {
        match socket.socket_ref().add_membership(group as u32) {
            Err(error) if error.raw_os_error() != Some(libc::EINVAL) => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(NetlinkFramed::new(socket))
}

/// What is heard, without end: a socket that fails is replaced, after a pause, and what it did not say is a loss.
fn announcements(
    subscription: Subscription,
    pause: Duration,
) -> impl Stream<Item = Result<Heard, CollectError>> {
    stream::try_unfold(subscription, move |mut subscription| async move {
        let heard = match subscription.next().await {
            Some((message, _)) => heard(&message),
            None => {
                sleep(pause).await;
                subscription = subscribe()?;
                Heard::Loss
            }
        };
        Ok(Some((heard, subscription)))
    })
}

fn heard(message: &NetlinkMessage<Announcement>) -> Heard {
    match message.payload {
        NetlinkPayload::Overrun(_) => Heard::Loss,
        _ => Heard::Change,
    }
}

/// The occasions that announcements give at a pace; the first at once.
fn occasions(
    announcements: impl Stream<Item = Result<Heard, CollectError>>,
    pace: Pace,
) -> impl Stream<Item = Result<Occasion, CollectError>> {
    let later = stream::try_unfold(Box::pin(announcements), move |mut announcements| async move {
        let occasion = occasion(&mut announcements, pace).await?;
        Ok(Some((occasion, announcements)))
    });
    stream::once(future::ready(Ok(Occasion::Begun))).chain(later)
}

async fn occasion(
    announcements: &mut (impl Stream<Item = Result<Heard, CollectError>> + Unpin),
    pace: Pace,
) -> Result<Occasion, CollectError> {
    let mut occasion = match timeout(pace.interval, announcements.next()).await {
        Ok(Some(first)) => Occasion::from(first?),
        Ok(None) | Err(_) => return Ok(Occasion::Due),
    };
    let longest = Instant::now() + pace.longest;
    while let Ok(Some(more)) =
        timeout_at(longest.min(Instant::now() + pace.quiet), announcements.next()).await
    {
        occasion = occasion.max(more?.into());
    }
    Ok(occasion)
}

impl From<Heard> for Occasion {
    fn from(heard: Heard) -> Occasion {
        match heard {
            Heard::Change => Occasion::Announced,
            Heard::Loss => Occasion::Missed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: Duration = Duration::from_millis(40);
    const PACE: Pace = Pace {
        interval: Duration::from_secs(2),
        quiet: STEP.saturating_mul(3),
        longest: STEP.saturating_mul(10),
    };

    /// The first occasions that announcements give, each announcement a number of steps after the one before, and when.
    fn occasions_of(announced: &'static [(u32, Heard)], count: usize) -> Vec<(Occasion, Duration)> {
        let spoken = stream::iter(announced).then(|(steps, heard)| async move {
            sleep(STEP * *steps).await;
            Ok(*heard)
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let begun = Instant::now();
            let occasions = occasions(spoken.chain(stream::pending()), PACE).take(count);
            occasions.map(|occasion| (occasion.unwrap(), begun.elapsed())).collect().await
        })
    }

    #[test]
    fn a_burst_is_one_occasion_when_it_is_over() {
        let told = occasions_of(
            &[(1, Heard::Change), (1, Heard::Change), (1, Heard::Change), (8, Heard::Change)],
            3,
        );
        let what: Vec<Occasion> = told.iter().map(|(occasion, _)| *occasion).collect();
        assert_eq!(what, [Occasion::Begun, Occasion::Announced, Occasion::Announced]);
        assert!(told[1].1 >= STEP * 6 && told[1].1 < STEP * 10, "{told:?}");
    }

    #[test]
    fn what_never_pauses_is_not_waited_for_for_ever() {
        let told = occasions_of(&[(1, Heard::Change); 40], 2);
        assert_eq!(told[1].0, Occasion::Announced);
        assert!(told[1].1 >= STEP * 11 && told[1].1 < STEP * 20, "{told:?}");
    }

    #[test]
    fn a_loss_among_changes_is_told() {
        let told = occasions_of(&[(1, Heard::Change), (1, Heard::Loss), (1, Heard::Change)], 2);
        assert_eq!(told[1].0, Occasion::Missed);
    }

    #[test]
    fn silence_is_an_occasion_after_the_interval() {
        let told = occasions_of(&[], 2);
        assert_eq!(told[1].0, Occasion::Due);
        assert!(told[1].1 >= PACE.interval, "{told:?}");
    }
}

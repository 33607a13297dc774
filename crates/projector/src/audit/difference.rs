//! What verification finds, each with its place.

use serde::Serialize;

/// The most differences that a report lists; the rest is counted.
const LISTED: usize = 1_000;

/// Where a difference lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The trail of a trainee.
    Trail,
    /// Standing, lines of boards, completions, flags.
    Record,
    /// Rejected messages.
    Rejected,
    /// The register, or what it folds to.
    Register,
    /// Signed checkpoints.
    Checkpoint,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Where.
    pub part: Part,
    /// Whose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trainee: Option<String>,
    /// In which partition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition: Option<u16>,
    /// At which stream sequence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// Which entry of the chain, of the register or checkpoint, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// What differs.
    pub what: String,
}

impl Difference {
    pub(super) fn new(part: Part, what: impl Into<String>) -> Difference {
        Difference { part, trainee: None, partition: None, seq: None, number: None, what: what.into() }
    }

    pub(super) fn of_trainee(mut self, trainee: &str) -> Difference {
        self.trainee = Some(trainee.to_owned());
        self
    }

    pub(super) fn in_partition(mut self, partition: u16) -> Difference {
        self.partition = Some(partition);
        self
    }

    pub(super) fn at(mut self, seq: u64) -> Difference {
        self.seq = Some(seq);
        self
    }

    pub(super) fn number(mut self, number: u64) -> Difference {
        self.number = Some(number);
        self
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.part {
            Part::Trail => "轨迹 trail",
            Part::Record => "学习记录 record",
            Part::Rejected => "被拒事件 rejected",
            Part::Register => "登记簿 register",
            Part::Checkpoint => "检查点 checkpoint",
        })?;
        if let Some(trainee) = &self.trainee {
            write!(f, " · 学员 trainee {trainee}")?;
        }
        if let Some(partition) = self.partition {
            write!(f, " · 分区 partition {partition}")?;
        }
        if let Some(seq) = self.seq {
            write!(f, " · 序号 seq {seq}")?;
        }
        if let Some(number) = self.number {
            write!(f, " · 第 {number} 条 entry {number}")?;
        }
        write!(f, "：{}", self.what)
    }
}

/// What a verification has seen and found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Trainees compared.
    pub trainees: u64,
    /// Entries of their chains.
    pub entries: u64,
    /// Entries that are under no checkpoint yet: compared with the log alone.
    pub uncovered: u64,
    /// Rejected messages compared.
    pub rejections: u64,
    /// Entries of the register walked.
    pub decisions: u64,
    /// Checkpoints whose signature and place in the row of checkpoints were checked.
    pub checkpoints: u64,
    /// Of these, those whose root was worked out anew.
    pub roots: u64,
    /// All differences, those too that are not listed.
    pub found: u64,
    /// The differences, the first thousand.
    pub differences: Vec<Difference>,
}

impl Report {
    pub(super) fn add(&mut self, difference: Difference) {
        self.found += 1;
        if self.differences.len() < LISTED {
            self.differences.push(difference);
        }
    }
}

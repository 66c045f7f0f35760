//! One batch on the device: sort, group, guess, rounds until the fixpoint, and the finishing pass.

use super::buffers::{CONTROL_WORDS, Control, Plan};
use super::encode::Batch;
use super::programs::{LongPipelines, Pipelines, Spread, Tiers, Variant};
use super::resident::Resident;
use super::table::Transfer;
use crate::error::{Error, Result};
use crate::fault::FaultKind;
use crate::gpu::buffers::Buffers;
use crate::gpu::device::Device;
use crate::gpu::submission::{Encoder, Groups};
use crate::limits::{MAX_ROUNDS, ROUNDS_PER_SUBMIT};

const CONVERGED: u32 = 1;
const STOPPED: u32 = 2;
const STAGE: &str = "execute";

/// What the device found.
#[derive(Debug)]
pub struct Solution {
    /// Whether the fixpoint was reached; else words and accounts are where the device stopped.
    pub converged: bool,
    /// Rounds, the confirming one included.
    pub rounds: u32,
    /// A word per transaction (bit 0: applied, above: reason), a verdict per leg for general legs, the nonces used per
    /// account.
    pub words: Vec<u32>,
    /// Balances after, as the device sees them; only where converged.
    pub balances: Vec<u128>,
    /// Accounts whose guards may meet something else than when they were last tested; only where not converged.
    pub active: Vec<u32>,
}

/// A batch in device memory.
pub struct Session<'a> {
    device: &'a Device,
    pipelines: &'a Pipelines,
    buffers: &'a Buffers,
    batch: &'a Batch,
    plan: Plan,
    tiers: Tiers,
    walk: wgpu::BindGroup,
    advance: wgpu::BindGroup,
    settle: Option<wgpu::BindGroup>,
    transfer: Option<Transfer<'a>>,
}

impl<'a> Session<'a> {
    /// Uploads a batch. It must have legs, and no more than bindings and dispatches allow. Where its accounts are in
    /// the table, at these slots, their balances come from there.
    pub fn new(
        device: &'a Device,
        pipelines: &'a Pipelines,
        buffers: &'a mut Buffers,
        batch: &'a Batch,
        table: Option<(&'a mut Resident, &[u32])>,
    ) -> Self {
        let (legs, accounts) = (batch.keys.len() as u32, batch.balances.len() as u32);
        let plan = Plan::new(batch.variant, batch.transactions, legs, accounts);
        buffers.reserve_batch(device, batch, &plan);
        if let Some((table, slots)) = &table {
            table.reserve(device, buffers, slots.len());
        }
        let buffers: &'a Buffers = buffers;
        let at = plan.params.nonces_at;
        let transfer = table.and_then(|(table, slots)| table.transfer(device, buffers, batch.variant, slots, at));
        buffers.upload(device, batch, &plan, transfer.is_none());
        let part = |binding, name| (binding, buffers.whole(name));
        let mut walk = vec![
            part(0, "params"),
            part(1, "control"),
            part(2, "accounts"),
            part(3, "legs"),
            part(4, "amounts"),
            part(5, "balances"),
            part(6, "status"),
            part(7, "lists"),
        ];
        let general = batch.variant == Variant::General;
        if general {
            walk.push(part(8, "guards"));
        }
        let settle = [part(0, "params"), part(1, "control"), part(2, "accounts"), part(6, "status"), part(7, "lists")];
        Self {
            device,
            pipelines,
            buffers,
            batch,
            plan,
            tiers: Spread::of(device).tiers(legs),
            walk: device.bind(&pipelines.layouts.walk, &walk),
            advance: device
                .bind(&pipelines.layouts.advance, &[part(0, "sizes"), part(1, "control"), part(2, "arguments")]),
            settle: general.then(|| {
                let own = [part(9, "firsts"), part(10, "keys")];
                device.bind(&pipelines.layouts.settle, &[&settle[..], &own].concat())
            }),
            transfer,
        }
    }

    /// Runs rounds until the device converges or gives up.
    pub fn solve(&self) -> Result<Solution> {
        let mut encoder = self.encoder();
        self.clear(&mut encoder);
        self.prepare(&mut encoder);
        for _ in 0..=MAX_ROUNDS / ROUNDS_PER_SUBMIT {
            self.rounds(&mut encoder);
            let (control, mut solution) = self.finish(encoder)?;
            match control.outcome {
                CONVERGED => return self.confirmed(control, solution),
                STOPPED => {
                    solution.active = self.active(&control)?;
                    return Ok(solution);
                }
                _ => encoder = self.encoder(),
            }
        }
        let message = format!("it neither converged nor stopped within {MAX_ROUNDS} rounds");
        Err(Error::Device { stage: STAGE, kind: FaultKind::Mismatch, message })
    }

    /// Derives reasons and balances from statuses that the CPU has completed.
    pub fn conclude(&self, words: &[u32]) -> Result<Solution> {
        self.device.write(STAGE, self.buffers.get("status"), 0, bytemuck::cast_slice(words));
        self.device.write(STAGE, self.buffers.get("control"), 4, bytemuck::bytes_of(&[CONVERGED, 0, 0]));
        let (control, solution) = self.finish(self.encoder())?;
        self.confirmed(control, solution)
    }

    /// The finishing pass has tested every guard once more: one that disagrees means that the device cannot be trusted.
    fn confirmed(&self, control: Control, solution: Solution) -> Result<Solution> {
        if control.mismatched > 0 {
            let message = format!("{} guards disagree with the statuses of the fixpoint", control.mismatched);
            return Err(Error::Device { stage: STAGE, kind: FaultKind::Mismatch, message });
        }
        Ok(solution)
    }

    fn encoder(&self) -> Encoder {
        self.device.encoder(STAGE)
    }

    fn clear(&self, encoder: &mut Encoder) {
        encoder.clear_buffer(self.buffers.get("accounts"), 0, None);
        encoder.clear_buffer(self.buffers.get("control"), 0, None);
        if self.batch.statuses.is_empty() {
            encoder.clear_buffer(self.buffers.get("status"), 0, None);
        } else {
            let words = bytemuck::cast_slice(&self.batch.statuses);
            self.device.write(STAGE, self.buffers.get("status"), 0, words);
        }
    }

    /// Sort, group, first guess.
    fn prepare(&self, encoder: &mut Encoder) {
        let (pipelines, buffers) = (self.pipelines, self.buffers);
        let legs = self.plan.params.legs;
        let mut pass = encoder.pass(STAGE);
        let source = pipelines.sort.encode(STAGE, self.device, &mut pass, buffers, legs, self.plan.params.accounts);
        let names = ["grouping", source[0], source[1], "legs_in", "amounts_in", "legs", "amounts", "accounts", "keys"];
        let bound = if self.batch.variant == Variant::General { names.len() - 1 } else { names.len() };
        let entries: Vec<_> =
            (0..).zip(names).map(|(binding, name)| (binding, buffers.whole(name))).take(bound).collect();
        pass.set_pipeline(&pipelines.group_legs);
        pass.set_bind_group(0, &self.device.bind(&pipelines.layouts.group, &entries), &[]);
        self.device.dispatch(STAGE, "group_legs", &mut pass, Groups::Direct(legs.div_ceil(256)));

        if let Some(transfer) = &self.transfer {
            transfer.gather(self.device, &mut pass, self.plan.params.accounts);
        }
        pass.set_pipeline(&pipelines.guess_short);
        pass.set_bind_group(0, &self.walk, &[]);
        let groups = Groups::Direct(self.plan.params.accounts.div_ceil(64));
        self.device.dispatch(STAGE, "guess_short", &mut pass, groups);
        self.single(&mut pass, &pipelines.advance_guess, "advance_guess");
        if self.tiers.medium {
            self.indirect(&mut pass, &pipelines.guess_medium, "guess_medium", 5);
        }
        if self.tiers.long {
            self.indirect(&mut pass, &pipelines.guess_long, "guess_long", 6);
        }
    }

    fn rounds(&self, encoder: &mut Encoder) {
        let mut pass = encoder.pass(STAGE);
        for _ in 0..ROUNDS_PER_SUBMIT {
            self.single(&mut pass, &self.pipelines.advance_round, "advance_round");
            let LongPipelines { begin, sum, scan, round } = &self.pipelines.long;
            if self.tiers.long {
                self.indirect(&mut pass, begin, "long_begin", 3);
            }
            self.indirect(&mut pass, &self.pipelines.short_round, "short_round", 0);
            if self.tiers.medium {
                self.indirect(&mut pass, &self.pipelines.medium_round, "medium_round", 1);
            }
            if self.tiers.long {
                self.indirect(&mut pass, sum, "long_sum", 2);
                self.indirect(&mut pass, scan, "long_scan", 3);
                self.indirect(&mut pass, round, "long_round", 2);
            }
            if let (Some(pipeline), Some(group)) = (&self.pipelines.settle, &self.settle) {
                pass.set_pipeline(pipeline);
                pass.set_bind_group(0, group, &[]);
                self.device.dispatch(STAGE, "settle", &mut pass, self.argument(4));
            }
        }
    }

    /// The finishing pass, which does nothing unless converged, and the read-back.
    fn finish(&self, mut encoder: Encoder) -> Result<(Control, Solution)> {
        {
            let mut pass = encoder.pass(STAGE);
            self.single(&mut pass, &self.pipelines.advance_finish, "advance_finish");
            self.indirect(&mut pass, &self.pipelines.short_finish, "short_finish", 7);
            if self.tiers.medium {
                self.indirect(&mut pass, &self.pipelines.medium_finish, "medium_finish", 8);
            }
            if self.tiers.long {
                let LongPipelines { sum, scan, round, .. } = &self.pipelines.long_finish;
                self.indirect(&mut pass, sum, "long_sum finish", 9);
                self.indirect(&mut pass, scan, "long_scan finish", 10);
                self.indirect(&mut pass, round, "long_round finish", 9);
            }
            if let Some(transfer) = &self.transfer {
                // As many workgroups as the short accounts' pass has: one invocation an account.
                transfer.scatter(self.device, &mut pass, self.argument(7));
            }
        }
        let control_bytes = 4 * CONTROL_WORDS as u64;
        let status_bytes = 4 * self.plan.status_words;
        let balance_bytes = self.batch.variant.amount_bytes() * u64::from(self.plan.params.accounts);
        let readback = self.buffers.get("readback");
        let parts = [("control", control_bytes), ("status", status_bytes), ("balances", balance_bytes)];
        let parts = parts.map(|(name, bytes)| (self.buffers.get(name), 0, bytes));
        let at = self.device.copy_results(STAGE, &mut encoder, &parts, readback);
        self.device.run(STAGE, encoder, readback, at, |bytes| {
            let (control, rest) = bytes.split_at(control_bytes as usize);
            let (words, balances) = rest.split_at(status_bytes as usize);
            let control: Control = bytemuck::pod_read_unaligned(control);
            let converged = control.outcome == CONVERGED;
            let solution = Solution {
                converged,
                rounds: control.round,
                words: bytemuck::pod_collect_to_vec(words),
                balances: if converged { self.amounts(balances) } else { Vec::new() },
                active: Vec::new(),
            };
            (control, solution)
        })
    }

    fn amounts(&self, bytes: &[u8]) -> Vec<u128> {
        match self.batch.variant {
            Variant::Narrow => bytemuck::pod_collect_to_vec::<u8, u64>(bytes).into_iter().map(u128::from).collect(),
            _ => bytemuck::pod_collect_to_vec(bytes),
        }
    }

    /// Accounts listed for the round that did not run any more.
    fn active(&self, control: &Control) -> Result<Vec<u32>> {
        let mut encoder = self.encoder();
        let bytes = 16 * u64::from(self.plan.params.accounts);
        let readback = self.buffers.get("readback");
        self.device.copy_results(STAGE, &mut encoder, &[(self.buffers.get("accounts"), 0, bytes)], readback);
        self.device.run(STAGE, encoder, readback, bytes, |bytes| {
            let accounts: Vec<[u32; 4]> = bytemuck::pod_collect_to_vec(bytes);
            let listed = (0..).zip(accounts).filter(|(_, [.., stamp])| *stamp == control.round + 1);
            listed.map(|(account, _)| account).collect()
        })
    }

    fn single(&self, pass: &mut wgpu::ComputePass, pipeline: &wgpu::ComputePipeline, name: &'static str) {
        pass.set_pipeline(pipeline);
        pass.set_bind_group(0, &self.advance, &[]);
        self.device.dispatch(STAGE, name, pass, Groups::Direct(1));
    }

    fn indirect(
        &self,
        pass: &mut wgpu::ComputePass,
        pipeline: &wgpu::ComputePipeline,
        name: &'static str,
        argument: u64,
    ) {
        pass.set_pipeline(pipeline);
        pass.set_bind_group(0, &self.walk, &[]);
        self.device.dispatch(STAGE, name, pass, self.argument(argument));
    }

    fn argument(&self, number: u64) -> Groups<'_> {
        Groups::Indirect(self.buffers.get("arguments"), 16 * number)
    }
}

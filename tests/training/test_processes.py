"""BatchNorm over processes is BatchNorm over the whole batch, gradients included; and what the main
process has decided holds for all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_TWO_PROCESSES = """
import os
import sys
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import nn
from accelerate import Accelerator
from maskwright.training.processes import from_main, synchronise_norms

def work(rank, meeting):
    dist.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=2)
    torch.manual_seed(0)
    whole = torch.randn(4, 3, 5, 5)
    weight = torch.randn(4, 3, 5, 5)
    plain, shared = nn.Sequential(nn.BatchNorm2d(3)), nn.Sequential(nn.BatchNorm2d(3))
    synchronise_norms(shared)
    expected_input = whole.clone().requires_grad_()
    expected = plain(expected_input)
    (expected * weight).sum().backward()
    mine = whole[rank::2].clone().requires_grad_()
    found = shared(mine)
    (found * weight[rank::2]).sum().backward()
    torch.testing.assert_close(found, expected[rank::2], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(mine.grad, expected_input.grad[rank::2], atol=1e-5, rtol=1e-5)
    for name, value in plain.state_dict().items():
        torch.testing.assert_close(shared.state_dict()[name], value)
    shared.eval(), plain.eval()
    torch.testing.assert_close(shared(whole), plain(whole))
    place = {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2"}
    os.environ |= place | {"MASTER_ADDR": "localhost", "MASTER_PORT": "29500"}
    accelerator = Accelerator(cpu=True)
    assert accelerator.num_processes == 2
    assert from_main(0.1 if rank == 0 else None) == 0.1
    dist.destroy_process_group()

if __name__ == "__main__":
    mp.spawn(work, (sys.argv[1],), nprocs=2)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="files as a meeting point are for POSIX")
def test_two_processes_are_as_one(tmp_path: Path) -> None:
    script = tmp_path / "work.py"
    script.write_text(_TWO_PROCESSES)
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "meeting")],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr

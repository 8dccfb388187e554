"""schedules.json: learning rates of torch.optim.lr_scheduler, one for each step.

    python schedules.py
"""

import json

import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR, StepLR

BASE, STEPS_PER_EPOCH, EPOCHS = 0.3, 4, 6
TOTAL = STEPS_PER_EPOCH * EPOCHS


def optimizer():
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=BASE)


def learning_rates(scheduler, every=1, count=TOTAL):
    """The learning rate of each step, where the scheduler steps after each `every` steps."""
    found = []
    for step in range(count):
        found.append(scheduler.get_last_lr()[0])
        scheduler.optimizer.step()
        if (step + 1) % every == 0:
            scheduler.step()
    return found


def warm_up(o, steps):
    return LinearLR(o, start_factor=1 / (steps + 1), end_factor=1, total_iters=steps)


def step_after_warm_up(steps, every, factor):
    """The two factors are multiplied: the epochs of the step schedule are counted from the beginning."""
    decays = learning_rates(StepLR(optimizer(), step_size=every, gamma=factor), STEPS_PER_EPOCH)
    return [d * w / BASE for d, w in zip(decays, learning_rates(warm_up(optimizer(), steps)))]


def cosine_after_warm_up(steps):
    o = optimizer()
    return learning_rates(SequentialLR(o, [warm_up(o, steps), CosineAnnealingLR(o, T_max=TOTAL - steps)], [steps]))


result = {
    "base": BASE,
    "steps_per_epoch": STEPS_PER_EPOCH,
    "total_steps": TOTAL,
    "runs": [
        {"shape": "constant", "warm_up": 5, "learning_rates": learning_rates(warm_up(optimizer(), 5))},
        {"shape": "step", "every": 2, "factor": 0.1, "warm_up": 0,
         "learning_rates": learning_rates(StepLR(optimizer(), step_size=2, gamma=0.1), STEPS_PER_EPOCH)},
        {"shape": "step", "every": 1, "factor": 0.5, "warm_up": 6, "learning_rates": step_after_warm_up(6, 1, 0.5)},
        {"shape": "cosine", "warm_up": 0, "learning_rates": learning_rates(CosineAnnealingLR(optimizer(), T_max=TOTAL))},
        {"shape": "cosine", "warm_up": 7, "learning_rates": cosine_after_warm_up(7)},
    ],
}
with open("schedules.json", "w") as file:
    json.dump(result, file, indent=1)
    file.write("\n")

"""optimizers.json: five steps of torch.optim's rules in float32, and clipped gradients.

    python optimizers.py
"""

import json

import torch

SETTINGS = [
    {"rule": "sgd", "momentum": 0.0, "nesterov": False, "weight_decay": 0.0},
    {"rule": "sgd", "momentum": 0.0, "nesterov": False, "weight_decay": 0.1},
    {"rule": "sgd", "momentum": 0.9, "nesterov": False, "weight_decay": 0.0},
    {"rule": "sgd", "momentum": 0.9, "nesterov": False, "weight_decay": 0.01},
    {"rule": "sgd", "momentum": 0.8, "nesterov": True, "weight_decay": 0.01},
    {"rule": "adam", "betas": [0.9, 0.999], "epsilon": 1e-8, "weight_decay": 0.0},
    {"rule": "adam", "betas": [0.8, 0.95], "epsilon": 1e-3, "weight_decay": 0.1},
    {"rule": "adam", "betas": [0.3, 0.5], "epsilon": 1e-8, "weight_decay": 0.0},
    {"rule": "adamw", "betas": [0.9, 0.999], "epsilon": 1e-8, "weight_decay": 0.01},
    {"rule": "adamw", "betas": [0.8, 0.95], "epsilon": 1e-3, "weight_decay": 0.3},
]
MAKERS = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
STEPS, COUNT = 5, 11

torch.manual_seed(2)
start = torch.randn(COUNT)
# Of very different sizes, as gradients are.
gradients = [torch.randn(COUNT) * torch.logspace(-5, 2, COUNT) for _ in range(STEPS)]
learning_rates = [0.1, 0.1, 0.05, 0.01, 0.2]


def run(setting):
    options = {"weight_decay": setting["weight_decay"]}
    if setting["rule"] == "sgd":
        options |= {"momentum": setting["momentum"], "nesterov": setting["nesterov"]}
    else:
        options |= {"betas": tuple(setting["betas"]), "eps": setting["epsilon"]}
    weights = torch.nn.Parameter(start.clone())
    optimizer = MAKERS[setting["rule"]]([weights], lr=learning_rates[0], foreach=False, **options)
    states = []
    for gradient, learning_rate in zip(gradients, learning_rates):
        optimizer.param_groups[0]["lr"] = learning_rate
        weights.grad = gradient.clone()
        optimizer.step()
        states.append(weights.detach().tolist())
    state = optimizer.state[weights]
    remembered = {k: v.tolist() for k, v in state.items() if v is not None and k != "step"}
    return setting | {"weights": states, "state": remembered}


def clip(gradient, maximum):
    parameter = torch.nn.Parameter(torch.zeros_like(gradient))
    parameter.grad = gradient.clone()
    norm = torch.nn.utils.clip_grad_norm_([parameter], maximum)
    return {"gradient": gradient.tolist(), "maximum": maximum, "norm": norm.item(), "clipped": parameter.grad.tolist()}


result = {
    "start": start.tolist(),
    "gradients": [g.tolist() for g in gradients],
    "learning_rates": learning_rates,
    "runs": [run(setting) for setting in SETTINGS],
    "clipping": [
        clip(torch.randn(11), 1.0), clip(torch.randn(11), 100.0), clip(torch.zeros(3), 1.0),
        clip(1e-6 * torch.randn(7), 1e-6),
    ],
}
with open("optimizers.json", "w") as file:
    json.dump(result, file, indent=1)
    file.write("\n")

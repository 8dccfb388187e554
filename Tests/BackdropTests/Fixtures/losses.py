"""losses.json: losses and their gradients, by PyTorch's autograd in double precision.

    python losses.py

Logits are rounded to float32 first, so that a float32 reader has the same numbers.
"""

import json

import torch
import torch.nn.functional as F


def pairwise(surrogate):
    def loss(logits, targets):
        scores = logits[:, 0]
        differences = scores[targets == 1][:, None] - scores[targets == 0][None, :]
        return surrogate(differences).mean()

    return loss


def soft_f1(logits, targets):
    p = torch.sigmoid(logits[:, 0])
    return 1 - 2 * (p * targets).sum() / (p.sum() + targets.sum())


LOSSES = {
    "cross-entropy": F.cross_entropy,
    "logistic": pairwise(lambda d: F.softplus(-d)),
    "squared-hinge": pairwise(lambda d: torch.clamp(1 - d, min=0) ** 2),
    "soft-f1": soft_f1,
    "mse": F.mse_loss,
    "binary-cross-entropy": lambda logits, targets: F.binary_cross_entropy_with_logits(logits[:, 0], targets.double()),
}


def case(name, logits, targets, kind="targets"):
    logits = logits.float().double().requires_grad_()
    loss = LOSSES[name](logits, targets)
    loss.backward()
    return {
        "name": name,
        "output_count": logits.shape[1],
        "outputs": logits.flatten().tolist(),
        kind: targets.flatten().tolist(),
        "loss": loss.item(),
        "gradient": logits.grad.flatten().tolist(),
    }


torch.manual_seed(1)
cases = [
    case("cross-entropy", 3 * torch.randn(7, 4), torch.tensor([0, 1, 2, 3, 3, 0, 2])),
    case("cross-entropy", torch.tensor([[300.0, -300.0, 299.0]]), torch.tensor([1])),
    case("cross-entropy", torch.tensor([[-1e4, -1e4], [0.0, 20.0]]), torch.tensor([0, 1])),
]
mixed = torch.tensor([1, 0, 0, 1, 1, 0, 1, 0, 0])
tied = torch.tensor([[0.5], [0.5], [-1.0], [0.5], [-1.0], [2.0], [2.0], [0.5], [-1.0]])
extreme = torch.tensor([[80.0], [-80.0], [60.0], [-60.0], [1.0], [0.0], [-1.0], [15.0], [-15.0]])
for name in ["logistic", "squared-hinge", "soft-f1"]:
    for logits in [2 * torch.randn(9, 1), tied, extreme]:
        cases.append(case(name, logits, mixed))
cases.append(case("soft-f1", torch.randn(4, 1), torch.zeros(4, dtype=torch.long)))
cases.append(case("soft-f1", torch.randn(4, 1), torch.ones(4, dtype=torch.long)))
# Numbers and probabilities are rounded to float32 too.
cases.append(case("mse", torch.randn(5, 1), torch.randn(5, 1).float().double(), "numbers"))
cases.append(case("mse", 3 * torch.randn(4, 3), torch.randn(4, 3).float().double(), "numbers"))
for logits in [3 * torch.randn(6, 4), torch.tensor([[300.0, -300.0, 299.0], [0.0, 20.0, 1.0]])]:
    probabilities = torch.softmax(2 * torch.randn(logits.shape), dim=1).float().double()
    cases.append(case("cross-entropy", logits, probabilities, "probabilities"))
for logits in [2 * torch.randn(9, 1), tied, extreme]:
    cases.append(case("binary-cross-entropy", logits, mixed))
cases.append(case("binary-cross-entropy", torch.randn(4, 1), torch.zeros(4, dtype=torch.long)))

with open("losses.json", "w") as file:
    json.dump(cases, file, indent=1)
    file.write("\n")

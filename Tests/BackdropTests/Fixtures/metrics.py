"""metrics.json: scikit-learn's numbers for predictions with ties, empty classes and classes never predicted.

    python metrics.py
"""

import json

import numpy as np
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support, roc_auc_score


def area(positives, scores):
    return float(roc_auc_score(positives, scores)) if 0 < positives.sum() < len(positives) else None


def softmax(scores):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def several(scores, targets):
    scores = scores.astype(np.float32)
    classes = range(scores.shape[1])
    predicted = scores.argmax(axis=1)
    precision, recall, f1, support = precision_recall_fscore_support(
        targets, predicted, labels=classes, zero_division=0
    )
    macro = precision_recall_fscore_support(targets, predicted, labels=classes, zero_division=0, average="macro")
    areas = [area(targets == k, softmax(scores.astype(np.float64))[:, k]) for k in classes]
    return {
        "scores": scores.astype(float).flatten().tolist(),
        "targets": targets.tolist(),
        "accuracy": float(accuracy_score(targets, predicted)),
        "confusion": confusion_matrix(targets, predicted, labels=classes).tolist(),
        "samples": support.tolist(),
        "precision": precision.tolist(),
        "recall": recall.tolist(),
        "f1": f1.tolist(),
        "roc_auc": areas,
        "macro": [float(m) for m in macro[:3]],
        "macro_roc_auc": None if None in areas else float(np.mean(areas)),
    }


def binary(logits, targets):
    logits = logits.astype(np.float32)
    predicted = (logits > 0).astype(int)
    precision, recall, f1, _ = precision_recall_fscore_support(targets, predicted, average="binary", zero_division=0)
    return {
        "logits": logits.astype(float).tolist(),
        "targets": targets.tolist(),
        "accuracy": float(accuracy_score(targets, predicted)),
        "roc_auc": area(targets == 1, logits),
        "precision": float(precision),
        "recall": float(recall),
        "f1": float(f1),
        "confusion": confusion_matrix(targets, predicted, labels=[0, 1]).tolist(),
    }


random = np.random.default_rng(1)
four = random.integers(0, 4, 40)
lacking = random.choice([0, 1, 3], 25)
result = {
    "several": [
        several(random.normal(size=(40, 4)) + 1.2 * np.eye(4)[four], four),
        several(np.round(random.normal(size=(40, 4))) + np.eye(4)[four], four),
        several(random.normal(size=(25, 4)) + 3 * np.eye(4)[lacking] - [0, 0, 0, 9], lacking),
        several(random.normal(size=(12, 2)), random.integers(0, 2, 12)),
    ],
    "binary": [
        binary(random.normal(size=30), random.integers(0, 2, 30)),
        binary(np.round(2 * random.normal(size=30)), random.integers(0, 2, 30)),
        binary(-np.abs(random.normal(size=10)), random.integers(0, 2, 10)),
        binary(random.normal(size=6), np.ones(6, dtype=int)),
        binary(random.normal(size=6), np.zeros(6, dtype=int)),
        binary(np.zeros(8), np.array([0, 1] * 4)),
    ],
}
with open("metrics.json", "w") as file:
    json.dump(result, file, indent=1)
    file.write("\n")

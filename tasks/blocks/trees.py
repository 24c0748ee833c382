"""Decision trees: questions that are answered with yes or no until they end on a class."""

from collections.abc import Iterable
from typing import Any, NoReturn

from tasks.blocks import BLOCK, Block
from tasks.kinds.checks import ANSWER, join
from tasks.kinds.errors import shown

MOST_NODES = 100
QUESTION_LENGTH = 500
ANSWERS = ("yes", "no")
Node = dict[str, Any]


def validate_nodes(raw: Any, path: str) -> list[Node]:
    """The nodes of a tree: each leads to later ones only, so that every walk ends.

    >>> robin, crow = {"value": "robin"}, {"value": "crow"}
    >>> nodes = [{"id": "1", "question": "Red?", "yes": robin, "no": crow}]
    >>> validate_nodes(nodes, "nodes") == nodes
    True
    """
    entries = BLOCK.sequence(raw, path, most=MOST_NODES)
    ids = [
        BLOCK.word(BLOCK.needed(BLOCK.mapping(entry, path), "id", path), path) for entry in entries
    ]
    if len(set(ids)) < len(ids):
        BLOCK.fail("duplicate_value", path, "Two questions of the tree have the same number.")
    nodes = [
        _node(entry, ids[index + 1 :], f"{path}[{index}]") for index, entry in enumerate(entries)
    ]
    reached = {node[answer].get("node") for node in nodes for answer in ANSWERS}
    for index, node in enumerate(nodes[1:], start=1):
        if node["id"] not in reached:
            BLOCK.fail(
                "unreachable",
                f"{path}[{index}]",
                "No answer leads to question {number}.",
                number=node["id"],
            )
    return nodes


def _node(raw: Any, later: list[str], path: str) -> Node:
    entry = BLOCK.mapping(raw, path)
    BLOCK.keys(entry, path, known=("id", "question", *ANSWERS))
    question = BLOCK.text(
        BLOCK.needed(entry, "question", path), join(path, "question"), least=1, most=QUESTION_LENGTH
    )
    return {
        "id": entry["id"],
        "question": question.strip(),
        **{
            answer: _target(BLOCK.needed(entry, answer, path), later, join(path, answer))
            for answer in ANSWERS
        },
    }


def _target(raw: Any, later: list[str], path: str) -> dict[str, str]:
    entry = BLOCK.mapping(raw, path)
    BLOCK.keys(entry, path, known=("node", "value"))
    if len(entry) != 1:
        BLOCK.fail("one_target", path, "An answer leads to one question or to one class.")
    if "value" in entry:
        return {"value": BLOCK.word(entry["value"], join(path, "value"))}
    if entry["node"] not in later:
        BLOCK.fail(
            "not_later",
            path,
            "An answer leads to a question further down, not to {number}.",
            number=shown(entry["node"]),
        )
    return {"node": entry["node"]}


def ends(tree: Block) -> list[str]:
    """The classes a tree can end on, in the order of its questions.

    >>> ends({"nodes": [{"yes": {"value": "robin"}, "no": {"value": "crow"}}]})
    ['robin', 'crow']
    """
    targets = [node[answer] for node in tree["nodes"] for answer in ANSWERS]
    return list(dict.fromkeys(target["value"] for target in targets if "value" in target))


def check_path(path: dict[str, Any], blocks: Iterable[Block]) -> None:
    """Raise AnswerError unless `path` is a walk of one of the trees, from its start to an end."""
    tree = next(
        (block for block in blocks if block["kind"] == "tree" and block["id"] == path["tree"]), None
    )
    if tree is None:
        ANSWER.fail("unknown_tree", "_path.tree", "These instructions have no such decision tree.")
    nodes = {node["id"]: node for node in tree["nodes"]}
    wanted = {"node": tree["nodes"][0]["id"]} if tree["nodes"] else {}
    for index, (node_id, answer) in enumerate(path["steps"]):
        if wanted != {"node": node_id}:
            _fail(index)
        wanted = nodes[node_id][answer]
    if "value" not in wanted:
        _fail(len(path["steps"]))


def _fail(index: int) -> NoReturn:
    ANSWER.fail(
        "not_a_walk",
        f"_path.steps[{index}]",
        "The path does not follow the questions of the decision tree to an end.",
    )

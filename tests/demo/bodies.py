"""Asks Python itself how the service prints each body. Reads JSON lines from stdin; exit 1 if any is printed otherwise.

A line is {"json": the text that was sent, or null when it isn't JSON; "printed": what the demo's rows hold of it}.
"""

import ast
import json
import sys

literals, texts, problems = 0, 0, 0


class Infinity(ast.NodeTransformer):
    """`repr` prints an infinite float as `inf`, which is a name and no literal; 1e999 is the literal."""

    def visit_Name(self, node):
        return ast.copy_location(ast.Constant(float("inf")), node) if node.id == "inf" else node


def python_of(text):
    return ast.literal_eval(Infinity().visit(ast.parse(text, mode="eval")))


for line in sys.stdin:
    body = json.loads(line)
    if body["json"] is None:
        texts += 1
        try:
            json.loads(body["printed"])
        except ValueError:
            continue
        print("this is JSON after all:", body["printed"])
        problems += 1
        continue
    value = json.loads(body["json"])
    literals += 1
    if str(value) != body["printed"]:
        print(f"sent {body['json']}\n  demo:   {body['printed']}\n  Python: {value}")
        problems += 1
    elif not isinstance(value, str) and python_of(body["printed"]) != value:
        print(f"not a literal of the same value: {body['printed']}")
        problems += 1

print(f"{literals} bodies that are JSON and {texts} that are not, {problems} printed otherwise")
sys.exit(bool(problems))

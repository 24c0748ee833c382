"""A model under the real label-studio-ml package: run as `python trivial_model.py PORT FOLDER`.

It takes every text for a robin; what a text says besides makes it misbehave.
"""

import sys
import time

from label_studio_ml.api import init_app
from label_studio_ml.model import LabelStudioMLBase

HUGE = "x" * 9_000_000


class TrivialModel(LabelStudioMLBase):
    TRAIN_EVENTS = ("START_TRAINING",)

    def predict(self, tasks, **_given):
        texts = [task["data"]["text"] for task in tasks]
        if any("slow" in text for text in texts):
            time.sleep(1.5)
        if any("broken" in text for text in texts):
            raise ValueError("broken")
        said = [self._said(text) for text in texts]
        return said[:-1] if any("short" in text for text in texts) else said

    def _said(self, text):
        [(name, control)] = self.parsed_label_config.items()
        if "shapeless" in text:
            return {"result": {"choices": ["robin"]}}
        if "silent" in text:
            return {"result": []}
        chosen = {"dodo": "dodo", "huge": HUGE}.get(text.partition(" ")[0], "ROBIN")
        value = {"choices": [chosen]}
        result = {"from_name": name, "to_name": "text", "type": "choices", "value": value}
        assert control["to_name"] == ["text"]
        return {"result": [result], "score": 7 if "sure" in text else 0.75}

    def fit(self, _tasks, **_given):
        return {"learned": True}


if __name__ == "__main__":
    port, folder = sys.argv[1:]
    init_app(TrivialModel, model_dir=folder).run(host="127.0.0.1", port=int(port))

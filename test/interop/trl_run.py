"""Two GRPO steps in TRL with videorft's rewards. Arguments: the model's folder, a data set (JSON lines), the folder of the integration."""

import json
import sys

from datasets import load_dataset
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import GRPOConfig, GRPOTrainer

model, data, integration, out = sys.argv[1:]
sys.path.insert(0, integration)
from videorft_rewards import videorft_reward  # noqa: E402

trainer = GRPOTrainer(
    model=AutoModelForCausalLM.from_pretrained(model, dtype="float32"),
    processing_class=AutoTokenizer.from_pretrained(model),
    reward_funcs=[videorft_reward],
    train_dataset=load_dataset("json", data_files=data, split="train"),
    args=GRPOConfig(
        output_dir=out,
        max_steps=2,
        num_generations=4,
        per_device_train_batch_size=8,
        max_completion_length=96,
        logging_steps=1,
        report_to=[],
        use_cpu=True,
        bf16=False,
        learning_rate=1e-5,
        save_strategy="no",
        seed=1,
    ),
)
trainer.train()
print("RESULT " + json.dumps(trainer.state.log_history))

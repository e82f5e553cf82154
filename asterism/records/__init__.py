"""Your own data, prompt and reward, with nothing to program but the reward: the system ``records``."""

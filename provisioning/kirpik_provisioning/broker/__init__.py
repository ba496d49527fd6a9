"""The fleet's broker: its settings, who may say and hear what, and how somebody is shut out."""

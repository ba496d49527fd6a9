"""The road that `kirpik demo` shows: 24 s of simulated traffic at a signal, made by no camera and showing nobody.

Made again, byte for byte but for the encoder's version, with

    python -m tests.sim provisioning/kirpik_provisioning/demo_road --scene demo --seed 1 --crf 23 --preset slow
"""

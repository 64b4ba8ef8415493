"""The small model: descriptions of cases in, a posterior over the faults that an engine can have out.

encoding.py    a description as tokens: places in words, departures in numbers, the operator's text
words.py       words as pieces of the pretrained vocabulary
batch.py       several cases as arrays, for training and for answering alike
pretrained.py  the packaged encoder that training starts from
network.py     the network (torch)
examples.py    labelled cases on disk as examples
training.py    training with Lightning
export.py      the trained network as ONNX, in eight bits, checked against torch
card.py        what ships beside the weights: hash, temperature, figures
runtime.py     answers by onnxruntime, on a GPU where one starts; no torch

Nothing here knows an engine; only `hotfire.physics.description` is shared with the rest.
"""

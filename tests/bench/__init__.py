"""Measures what tests cannot decide by yes or no. Nothing here is collected by pytest.

speed/      `python3 dev.py bench`: what requests, events and streams cost
load        `python3 dev.py bench --load`: the phases, the table, the verdict
phases      what is asked of the worker, and what counts as a problem
caller      the client: asks, reads, leaves, reads slowly
replies     what a stream is asked to say, and what came back of it
figures     receipts -> figures, lines and problems
processes   the simulator and the worker, and what they say of themselves
vitals      memory, CPU and open files of a process
"""

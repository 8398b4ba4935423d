"""What --help says below the flags: examples, files, exit codes."""

ABOUT = "An autograd engine whose core one can read in an afternoon, and that trains real networks."
EXPLAIN_EXAMPLES = """\
examples:
  minigrad explain "relu(w*x + b) ** 2" w=2 x=3 b=-1
  minigrad explain "(a*b + a)*a" a=1/2 b=3                 exact: fractions in, fractions out
  minigrad explain "relu(w*x)" --symbolic                  formulae (needs SymPy)
  minigrad explain "tanh(a*b)" a=1 b=0.5 --save steps.html --save graph.svg

A formula has numbers, names, + - * / ** and brackets, and the functions of Value: relu, exp, log, tanh, sigmoid, sqrt,
max(a, b) ... The page, FILE.html, has the graph, and one steps through it; FILE.tex has the steps in LaTeX, FILE.svg and
FILE.dot the graph. FILE.html#step=3 opens the page at a step.
"""
TRAIN_EXAMPLES = """\
examples:
  minigrad train mnist                                      784-40-10, batch 10, lr 0.1, 30 epochs: about 0.96
  minigrad train mnist --quick                              4000 images, 2 epochs: does everything work?
  minigrad train mnist --quick --profile                    and where does the time go? kernel by kernel
  minigrad train fashion-mnist --model 784-100-10 --seed 3
  minigrad train mnist --model cnn --optimizer adam --batch-size 64 --epochs 5
  minigrad train mnist --data ~/datasets --out runs/first   files in ~/datasets/mnist; results in runs/first
  minigrad train cifar-10 --epochs 20 --augment             images shifted and mirrored: more epochs, better figures
  minigrad train cifar-10 --epochs 3                        four convolutions, Adam, batch 32
  minigrad train --resume runs/first                        goes on with a run that was killed or interrupted
  minigrad train my_model.py:make --data cifar-10           your own: make() returns a model (or model, optimizer, loss)
  minigrad train my_model.py:make --data photos             photos/CLASS/*.png, or photos/train/... and photos/test/...
  minigrad train --config run.toml --seed 3                 lines such as what = "mnist", lr = 0.05; flags go first

A run's folder holds weights.safetensors (PyTorch reads it too), history.csv, history.json and curves.png. They appear
together when the run ends; unfinished.safetensors holds a run that is on its way, or was killed: every ten seconds
the whole of it is kept, and --resume goes on from there, to the same bits.
A part of the training images validates (10,000 of MNIST's 60,000); the test images are looked at once, at the end.
Ctrl-C, SIGTERM and SIGHUP stop after the current step and save what there is.
Exit code: 0 done, 1 failed or diverged, 2 wrong usage, 130 Ctrl-C, 143 SIGTERM, 129 SIGHUP.
"""
EVALUATE_EXAMPLES = """\
examples:
  minigrad evaluate runs/mnist-784-40-10-seed0              accuracy on the test images, class by class
  minigrad evaluate runs/first --part validation
  minigrad predict runs/first seven.png eight.png           white digits on black, as MNIST's are
  minigrad predict runs/first photos/*.jpg --csv found.csv
"""
GRADCHECK_EXAMPLES = """\
examples:
  minigrad gradcheck                                        a few cases of everything, in about half a minute
  minigrad gradcheck --profile nightly --jobs 2             more than 100,000 cases
  minigrad gradcheck --ops conv2d,max_pool2d --examples 500 --seed 7
  minigrad gradcheck --profile ci --table gradients.md      the table operation x aspect, in markdown
  minigrad gradcheck --list                                 the operations, and the kinds of inputs that each is given

aspects:
  forward   values are those of plain numpy; float32 stays float32; memory order does not matter; inputs stay unwritten
  first     gradients are the slopes that finite differences find; at kinks exactly what docs/conventions.md says
  second    the gradients of gradients, likewise
  nothing   where no gradient comes in none goes out, also at inputs that are infinite or NaN
  integers  integers give what plain numpy gives, exactly
  native    the native kernels give what the numpy kernels give
  torch     values, first and second derivatives are PyTorch's, where that is installed

A failure is shrunk and printed with both numbers and a test to paste. The same seed draws the same cases.
Exit code: 0 all right, 1 something is wrong, 2 wrong usage. It needs hypothesis: pip install 'minigrad-engine[testing]'
"""
EXAMPLES = """\
examples:
  minigrad train mnist           train a network on handwritten digits (minigrad train --help says more)
  minigrad evaluate RUN          what the network of a run gets right; predict RUN PICTURE ... names what it sees
  minigrad explain "a*b + a" a=2 b=3     every step of a gradient, in words and numbers
  minigrad gradcheck             are all gradients right on this machine?
  minigrad data list             which data sets there are, and where they lie
  minigrad info                  what runs here, how fast a kind it is, and why

environment:
  MINIGRAD_DATA=FOLDER           where data sets lie (FOLDER/mnist/...); otherwise they go to the user cache
  MINIGRAD_NUM_THREADS=N         threads of the native kernels      MINIGRAD_DEVICE=numpy     without them
"""

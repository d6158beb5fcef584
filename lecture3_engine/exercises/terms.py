"""Notebook 11, lecture section 4, "Remember these terms": a quiz over all fourteen of them."""

from .question import Question, Questions

quiz = Questions(
    Question(
        "What is the order of a training loop?",
        {
            "batch, loss, forward pass, update": (
                "The loss needs predictions, and the forward pass makes them."
            ),
            "batch, forward pass, loss, update": (
                "Draw a batch, predict, measure how wrong that is, change the weights a little."
                " Then again."
            ),
            "forward pass, update, batch, loss": (
                "The update needs the gradient of a loss, so the loss comes before it."
            ),
        },
        right="batch, forward pass, loss, update",
        term="training loop (notebook 01)",
    ),
    Question(
        "60,000 images in batches of 128. How many steps are one epoch?",
        {
            "469": (
                "468 full batches, and a last one with the 96 images that are left: one step for"
                " each batch."
            ),
            "128": "That is how many images are in a batch.",
            "60,000": "That would be so with batches of one image each.",
        },
        right="469",
        term="batches (notebooks 01 and 05)",
    ),
    Question(
        "What does an optimizer do?",
        {
            "it computes the gradient of the loss": (
                "`loss.backward()` does. When the optimizer's turn comes, the gradients are already"
                " there."
            ),
            "it chooses a loss function for the task": "You do.",
            "it turns gradients into steps": (
                "`optimizer.step()`. SGD, RMSprop and Adam differ in how they do it."
            ),
        },
        right="it turns gradients into steps",
        term="optimizer (notebook 08)",
    ),
    Question(
        "What is a loss function?",
        {
            "the fraction of predictions that are right": (
                "That is the accuracy. A tiny change of the weights usually leaves it as it is, so"
                " its gradient is 0 almost everywhere. The loss has a useful gradient."
            ),
            "a number: how far predictions are from labels": (
                "Small is good. Its gradient says how to change the weights."
            ),
            "the number of weights that are still wrong": (
                "No one knows the right weights. Only the predictions can be compared with"
                " something."
            ),
        },
        right="a number: how far predictions are from labels",
        term="loss function (notebooks 01 and 10)",
    ),
    Question(
        "What is the gradient of the loss?",
        {
            "for each weight, how fast the loss changes with it": (
                "What rc becomes as ε goes to 0, for every weight. Together, these numbers"
                " point in the direction in which the loss grows fastest."
            ),
            "the direction in which the loss falls fastest, as an arrow": (
                "That is minus the gradient."
            ),
            "the change of the loss from one step to the next one": (
                "That is a difference between two losses. A gradient belongs to one place, and has"
                " one number for each weight."
            ),
        },
        right="for each weight, how fast the loss changes with it",
        term="gradient (notebook 04)",
    ),
    Question(
        "What is the rule of gradient descent?",
        {
            "W ← W + lr · ∇ℓ(W)": "That climbs: along the gradient, the loss grows.",
            "W ← lr · W - ∇ℓ(W)": (
                "The learning rate belongs to the gradient. Here it would shrink the weights."
            ),
            "W ← W - lr · ∇ℓ(W)": (
                "Against the gradient, by a step that is lr times as long as the gradient."
            ),
        },
        right="W ← W - lr · ∇ℓ(W)",
        term="gradient descent (notebook 03)",
    ),
    Question(
        "What is stochastic in stochastic gradient descent (SGD)?",
        {
            "the weights, which are random at the beginning": (
                "Plain gradient descent begins with random weights, too."
            ),
            "the gradient, which is that of a batch": (
                "It is right on average, but noisy, and much cheaper than the gradient of all data."
            ),
            "the learning rate, which is drawn anew in each step": (
                "The learning rate is a number that you choose."
            ),
        },
        right="the gradient, which is that of a batch",
        term="stochastic gradient descent (notebook 05)",
    ),
    Question(
        "The loss jumps up and down, and on the whole it grows. What do you do with the learning"
        " rate?",
        {
            "make it smaller": "The steps overshoot. Shorter ones do not.",
            "make it bigger": (
                "It would overshoot even more. A bigger one helps when the loss creeps."
            ),
            "leave it, and train longer": (
                "More of these steps would only make it worse. Train longer when the learning rate"
                " is too small."
            ),
        },
        right="make it smaller",
        term="learning rate (notebook 06)",
    ),
    Question(
        "A small learning rate converges. You halve it. How many iterations do you need now?",
        {
            "half as many": "Shorter steps do not arrive sooner.",
            "as many as before: the distance is the same": (
                "The distance is the same, but the steps are half as long."
            ),
            "about twice as many": (
                "Each step is half as long, so it takes twice as many. With too few, training stops"
                " before it has arrived."
            ),
        },
        right="about twice as many",
        term="number of iterations (notebooks 03 and 06)",
    ),
    Question(
        "What does momentum add to a step?",
        {
            "a fraction of the last step": (
                "β (W - W_previous): like a heavy ball, it keeps going where gradients agree, and"
                " steps that contradict each other partly cancel."
            ),
            "random noise that shakes it out of holes": (
                "The noise comes with the batches. Momentum itself is not random."
            ),
            "a fraction of the weights as they are now": (
                "It is a fraction of how the weights just moved, W - W_previous, not of where they"
                " are."
            ),
        },
        right="a fraction of the last step",
        term="momentum (notebook 07)",
    ),
    Question(
        "What does back propagation compute?",
        {
            "the new weights, one layer after the other": (
                "The optimizer does, using the gradient from back propagation."
            ),
            "the predictions for a batch, from the first layer to the last": (
                "That is the forward pass."
            ),
            "the gradient of the loss for all parameters": (
                "By the chain rule, from the last layer to the first: each operation multiplies"
                " the derivative that it receives by its own, and passes the product on."
            ),
        },
        right="the gradient of the loss for all parameters",
        term="back propagation (notebook 09)",
    ),
    Question(
        "When do we say that training converges?",
        {
            "when the loss on the training data is 0": (
                "Real losses rarely get there. Training may come to rest at a loss well above 0."
            ),
            "when the weights come to rest at a minimum": (
                "With a constant lr, SGD usually does not get there: as long as the samples"
                " disagree, it wanders around a minimum."
            ),
            "when the planned number of iterations is over": (
                "Then training ends. It may still have been on its way, or far off."
            ),
        },
        right="when the weights come to rest at a minimum",
        term="convergence (notebook 06)",
    ),
    Question(
        "What is the global minimum of a loss?",
        {
            "a place with the smallest loss of all": (
                "No other weights give a smaller loss. (Several places may share it.)"
            ),
            "any place where the gradient is 0": (
                "Local minima, hilltops and saddles have gradient 0 as well."
            ),
            "the place where gradient descent comes to rest": (
                "That may be a local minimum. Which one it is depends on the start."
            ),
        },
        right="a place with the smallest loss of all",
        term="global minimum (notebook 07)",
    ),
    Question(
        "And what is a local minimum?",
        {
            "a place with a loss that is close to 0": (
                "Its loss may be large. What counts is that nothing nearby is lower."
            ),
            "a place with no lower place near it": (
                "From there no small step leads down, so gradient descent stays. In deep networks"
                " most of those that training finds are not that bad."
            ),
            "a minimum that only momentum can reach": (
                "Plain gradient descent reaches it easily. Getting out is the trouble."
            ),
        },
        right="a place with no lower place near it",
        term="local minimum (notebook 07)",
    ),
)

"""Notebook 11, lecture section 4, "Remember these terms": a quiz over all fourteen of them."""

from .question import Question, Questions

quiz = Questions(
    Question(
        "What is the order of a training loop?",
        {
            "loss, batch, update, forward pass": (
                "A loss needs predictions, and predictions need a batch."
            ),
            "batch, forward pass, loss, update": (
                "Draw a batch, predict, measure how wrong that is, change the weights a little. And"
                " again."
            ),
            "forward pass, update, batch, loss": (
                "The update needs the gradient of a loss, so the loss comes before."
            ),
        },
        right="batch, forward pass, loss, update",
        term="training loop (notebook 01)",
    ),
    Question(
        "60,000 images in batches of 128. How many updates does one epoch make?",
        {
            "469": (
                "468 full batches, and a last one with the 96 that are left. One update for each"
                " batch."
            ),
            "128": "That is how many images are in a batch.",
            "60,000": "That would be with batches of one image each.",
        },
        right="469",
        term="batches (notebooks 01 and 05)",
    ),
    Question(
        "What does an optimizer do?",
        {
            "it computes the gradients": "`loss.backward()` does. The optimizer finds them ready.",
            "it chooses the loss function": "You do, as it depends on the task.",
            "it turns gradients into steps of the weights": (
                "`optimizer.step()`. SGD, RMSprop and Adam differ in how."
            ),
        },
        right="it turns gradients into steps of the weights",
        term="optimizer (notebook 08)",
    ),
    Question(
        "What is a loss function?",
        {
            "the share of right answers": (
                "That is the accuracy. It moves in jumps, so it has no useful gradient; the loss"
                " has one."
            ),
            "one number for how far predictions are from the labels": (
                "Small is good. Its gradient says how to change the weights."
            ),
            "the number of weights that are still wrong": (
                "No one knows the right weights. Only the predictions can be compared with "
                "something."
            ),
        },
        right="one number for how far predictions are from the labels",
        term="loss function (notebooks 01 and 10)",
    ),
    Question(
        "What is the gradient of the loss?",
        {
            "for each weight, how fast the loss changes with it": (
                "What rc becomes as ε goes to 0, for every weight. It points to where "
                "the loss grows most."
            ),
            "the direction in which the loss falls most": "That is minus the gradient.",
            "the change of the loss from one step to the next": (
                "That is a difference between two losses. A gradient belongs to one "
                "place, and has an entry for each weight."
            ),
        },
        right="for each weight, how fast the loss changes with it",
        term="gradient (notebook 04)",
    ),
    Question(
        "What is the rule of gradient descent?",
        {
            "W ← W + lr · ∇ℓ(W)": "That climbs: the gradient points to where the loss grows.",
            "W ← lr · ∇ℓ(W)": "That forgets where it was.",
            "W ← W - lr · ∇ℓ(W)": "Against the gradient, by a step as long as lr times its length.",
        },
        right="W ← W - lr · ∇ℓ(W)",
        term="gradient descent (notebook 03)",
    ),
    Question(
        "What is stochastic in stochastic gradient descent (SGD)?",
        {
            "the random weights at the beginning": "Gradient descent also begins with those.",
            "the batch: each step uses the gradient of some of the data": (
                "Right on average, with scatter. And many times cheaper than that of all data."
            ),
            "the learning rate, which is drawn anew each time": (
                "The learning rate is a number that you choose."
            ),
        },
        right="the batch: each step uses the gradient of some of the data",
        term="stochastic gradient descent (notebook 05)",
    ),
    Question(
        "The loss jumps up and down and grows from step to step. What do you do with the learning"
        " rate?",
        {
            "make it smaller": (
                "It overshoots. Too big a learning rate does not converge, however long you wait."
            ),
            "make it bigger": (
                "It would overshoot even more. A bigger one helps when the loss creeps."
            ),
            "leave it, and train longer": (
                "More steps of the kind that makes it worse. That advice is for a learning rate"
                " that is too small."
            ),
        },
        right="make it smaller",
        term="learning rate (notebook 06)",
    ),
    Question(
        "You halve the learning rate, and it still converges. What happens to the number of"
        " iterations you need, if the steps were small before?",
        {
            "half as many": "Shorter steps do not arrive sooner.",
            "it stays the same": "The way is the same, and the steps are half as long.",
            "about twice as many": (
                "Half the step, twice the steps. Too few of them, and it stops before it has"
                " arrived."
            ),
        },
        right="about twice as many",
        term="number of iterations (notebooks 03 and 06)",
    ),
    Question(
        "What does momentum add to a step?",
        {
            "a fraction of the last step, β (W - W_previous)": (
                "Like a heavy ball: it keeps going where gradients agree, and jumps that "
                "contradict each other cancel."
            ),
            "random noise": (
                "The noise comes with the batches. Momentum is as exact as a ball that rolls."
            ),
            "a fraction of the weights, β W": (
                "Not of where it is, but of how it moves: W - W_previous."
            ),
        },
        right="a fraction of the last step, β (W - W_previous)",
        term="momentum (notebook 07)",
    ),
    Question(
        "What does back propagation compute?",
        {
            "the new weights": "The optimizer does, from what back propagation hands it.",
            "the gradient of the loss for all parameters, from the last layer to the first": (
                "The chain rule: each layer multiplies what "
                "comes from above with its own known derivative, and hands it down."
            ),
            "the predictions for a batch": (
                "That is the forward pass, from the first layer to the last."
            ),
        },
        right="the gradient of the loss for all parameters, from the last layer to the first",
        term="back propagation (notebook 09)",
    ),
    Question(
        "When do we say that a training converges?",
        {
            "when the loss is 0": "Real losses rarely get there. It may settle well above.",
            "when the planned number of iterations is over": (
                "Then it ends. It may still have been on its way, or far off."
            ),
            "when the weights come to rest at a minimum": (
                "With a constant lr, SGD does not quite get there: it wanders around a minimum."
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
            "every place where the gradient is 0": (
                "Local minima, hill tops and saddles have gradient 0 as well."
            ),
            "the place where gradient descent ends": (
                "If it converges, then usually in some local minimum, and which one depends on"
                " where it began."
            ),
        },
        right="a place with the smallest loss of all",
        term="global minimum (notebook 07)",
    ),
    Question(
        "And what is a local minimum?",
        {
            "a place with a small loss": (
                "It may be large. What counts is that nothing nearby is smaller."
            ),
            "a place with no lower place near it": (
                "From there no small step leads down, so gradient descent stays. In deep networks "
                "most of them are not that bad."
            ),
            "a minimum that only momentum can reach": (
                "Plain gradient descent reaches it easily; the trouble is getting out."
            ),
        },
        right="a place with no lower place near it",
        term="local minimum (notebook 07)",
    ),
)

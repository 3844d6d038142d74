"""The workloads in plain PyTorch: images come as Keras has them, (batch, height, width, channels), and are
seen as `channels_last`. `forward` gives logits."""
import torch
import torch.nn as nn
import torch.nn.functional as F


def one_bias(rnn):
    """Keras's LSTM and SimpleRNN have one bias: the second stays zero."""
    for name, p in rnn.named_parameters():
        if name.startswith("bias_hh"):
            nn.init.zeros_(p)
            p.requires_grad_(False)
    return rnn


def lstm(i, h, **kw):
    return one_bias(nn.LSTM(i, h, batch_first=True, **kw))


class Recurrent(nn.Module):
    """Layers one after the other, the last one's last step into a dense layer."""
    def __init__(self, layers, out):
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.dense = nn.Linear(layers[-1].hidden_size, out)

    def forward(self, x):
        for layer in self.layers:
            x, state = layer(x)
        return self.dense((state[0] if isinstance(state, tuple) else state)[-1])


class TimeDistributed(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.rest = nn.Linear(50, 64), Recurrent([lstm(64, 32)], 10)

    def forward(self, x):
        return self.rest(F.relu(self.first(x)))


class Multi(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.dense = nn.Linear(5, 16), nn.Linear(200, 64), nn.Linear(80, 1)

    def forward(self, a, b):
        return self.dense(torch.cat([F.relu(self.a(a)), F.relu(self.b(b))], 1))


class Flat(nn.Module):
    """Flattened in the order height, width, channels, as Keras does."""
    def forward(self, x):
        return x.permute(0, 2, 3, 1).flatten(1)


class Images(nn.Module):
    def __init__(self, *layers):
        super().__init__()
        self.layers = nn.Sequential(*layers).to(memory_format=torch.channels_last)

    def forward(self, x):
        return self.layers(x.permute(0, 3, 1, 2))


class Sentences(nn.Module):
    """The padding is left out by packing."""
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(5000, 64)
        self.lstm, self.dense = lstm(64, 32, bidirectional=True), nn.Linear(64, 1)

    def forward(self, words):
        lengths = (words != 0).sum(1).cpu()
        packed = nn.utils.rnn.pack_padded_sequence(
            self.embedding(words), lengths, batch_first=True, enforce_sorted=False)
        _, (h, _) = self.lstm(packed)
        return self.dense(torch.cat([h[0], h[1]], 1))


class Conv1d(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.conv = nn.Embedding(5000, 64), nn.Conv1d(64, 64, 5, padding="same")
        self.first, self.second = nn.Linear(64, 32), nn.Linear(32, 1)

    def forward(self, words):
        h = F.relu(self.conv(self.embedding(words).transpose(1, 2))).amax(2)
        return self.second(F.relu(self.first(h)))


def norm(channels):
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


def build(name):
    conv = nn.Conv2d
    return {
        "lstm": lambda: Recurrent([lstm(50, 64), lstm(64, 32)], 10),
        "mlp": lambda: nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10)),
        "cnn": lambda: Images(conv(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), conv(32, 64, 3), nn.ReLU(),
                              nn.MaxPool2d(2), Flat(), nn.Linear(1600, 10)),
        "convbig": lambda: Images(conv(3, 32, 3), nn.ReLU(), Flat(), nn.Linear(62 * 62 * 32, 10)),
        "timedist": TimeDistributed,
        "multi": Multi,
        "rnn": lambda: Recurrent([one_bias(nn.RNN(100, 50, batch_first=True))], 1),
        "lstmbig": lambda: Recurrent([lstm(256, 256), lstm(256, 256)], 10),
        "gru": lambda: Recurrent([nn.GRU(50, 64, batch_first=True), nn.GRU(64, 32, batch_first=True)], 10),
        "bilstm": Sentences,
        "conv1d": Conv1d,
        "cnnbn": lambda: Images(conv(3, 32, 3, padding="same", bias=False), norm(32), nn.ReLU(), nn.MaxPool2d(2),
                                conv(32, 64, 3, padding="same", bias=False), norm(64), nn.ReLU(),
                                nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10)),
    }[name]()


def params(net):
    """As Keras counts them: trained weights, and what batch normalisation learnt."""
    moving = sum(b.numel() for n, b in net.named_buffers() if "running" in n)
    return moving + sum(p.numel() for p in net.parameters() if p.requires_grad)


class Predict(nn.Module):
    def __init__(self, net, outputs):
        super().__init__()
        self.net, self.outputs = net, outputs

    def forward(self, *xs):
        z = self.net(*xs)
        return torch.softmax(z, -1) if self.outputs > 1 else torch.sigmoid(z)

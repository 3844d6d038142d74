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


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(64, 4, batch_first=True)
        self.norms = nn.ModuleList(nn.LayerNorm(64, eps=1e-3) for _ in range(2))
        self.wide, self.narrow, self.dense = nn.Linear(64, 128), nn.Linear(128, 64), nn.Linear(64, 10)

    def forward(self, x):
        seen = self.norms[0](x + self.attention(x, x, x, need_weights=False)[0])
        more = self.narrow(F.relu(self.wide(seen)))
        return self.dense(self.norms[1](seen + more).mean(1))


def norm(channels):
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


class Same(nn.Module):
    """A convolution with the padding of Keras: under strides there is more of it behind than before."""
    def __init__(self, i, o, k=3, stride=1, groups=1, bias=False):
        super().__init__()
        self.around = [(k - stride) // 2, (k - stride + 1) // 2] * 2 if stride > 1 else None
        self.conv = nn.Conv2d(i, o, k, stride, 0 if self.around else k // 2, groups=groups, bias=bias)

    def forward(self, x):
        return self.conv(F.pad(x, self.around) if self.around else x)


def normed(i, o, **kw):
    """A convolution, batch normalisation and ReLU up to 6."""
    return [Same(i, o, **kw), norm(o), nn.ReLU6()]


class Resnet(nn.Module):
    def __init__(self):
        super().__init__()
        block = lambda i, o, stride: nn.Sequential(Same(i, o, stride=stride), norm(o), nn.ReLU(), Same(o, o), norm(o))
        self.first = nn.Sequential(Same(3, 16), norm(16), nn.ReLU())
        self.one, self.two = block(16, 16, 1), block(16, 32, 2)
        self.short = nn.Sequential(nn.Conv2d(16, 32, 1, 2, bias=False), norm(32))
        self.dense = nn.Linear(32, 10)
        self.to(memory_format=torch.channels_last)

    def forward(self, x):
        x = self.first(x.permute(0, 3, 1, 2))
        x = F.relu(x + self.one(x))
        return self.dense(F.relu(self.short(x) + self.two(x)).mean((2, 3)))


class Unet(nn.Module):
    def __init__(self):
        super().__init__()
        same = lambda i, o: nn.Sequential(Same(i, o, bias=True), nn.ReLU())
        up = lambda i, o: nn.ConvTranspose2d(i, o, 2, 2)
        self.first = nn.Sequential(same(3, 16), same(16, 16))
        self.middle = nn.Sequential(nn.MaxPool2d(2), same(16, 32), same(32, 32))
        self.low = nn.Sequential(nn.MaxPool2d(2), same(32, 64), up(64, 32))
        self.up = nn.Sequential(same(64, 32), up(32, 16))
        self.last = nn.Sequential(same(32, 16), nn.Conv2d(16, 1, 1))
        self.to(memory_format=torch.channels_last)

    def forward(self, x):
        wide = self.first(x.permute(0, 3, 1, 2))
        half = self.middle(wide)
        up = self.up(torch.cat([half, self.low(half)], 1))
        return self.last(torch.cat([wide, up], 1)).permute(0, 2, 3, 1)


class ConvLSTM(nn.Module):
    def __init__(self):
        super().__init__()
        self.inputs = nn.Conv2d(3, 64, 3, padding="same")
        self.states = nn.Conv2d(16, 64, 3, padding="same", bias=False)
        self.dense = nn.Linear(16, 10)
        self.to(memory_format=torch.channels_last)

    def forward(self, x):
        n, steps = x.shape[:2]
        z = self.inputs(x.flatten(0, 1).permute(0, 3, 1, 2)).unflatten(0, (n, steps))
        h = c = torch.zeros_like(z[:, 0, :16])
        for step in range(steps):
            i, f, g, o = (z[:, step] + self.states(h)).chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
        return self.dense(h.mean((2, 3)))


class Volumes(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv3d(1, 16, 3), nn.ReLU(), nn.MaxPool3d(2), nn.Conv3d(16, 32, 3), nn.ReLU(),
            nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(32, 10)).to(memory_format=torch.channels_last_3d)

    def forward(self, x):
        return self.layers(x.permute(0, 4, 1, 2, 3))


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
        "transformer": Transformer,
        "mobilenet": lambda: Images(*normed(3, 32, stride=2), *normed(32, 32, groups=32), *normed(32, 64, k=1),
                                    *normed(64, 64, stride=2, groups=64), *normed(64, 128, k=1),
                                    nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, 10)),
        "resnet": Resnet,
        "unet": Unet,
        "convlstm": ConvLSTM,
        "conv3d": Volumes,
    }[name]()


def params(net):
    """As Keras counts them: trained weights, and what batch normalisation learnt."""
    moving = sum(b.numel() for n, b in net.named_buffers() if "running" in n)
    return moving + sum(p.numel() for p in net.parameters() if p.requires_grad)


class Predict(nn.Module):
    def __init__(self, net, classes):
        super().__init__()
        self.net, self.classes = net, classes

    def forward(self, *xs):
        z = self.net(*xs)
        return torch.softmax(z, -1) if self.classes else torch.sigmoid(z)

using ChainSimulator.World;

namespace ChainSimulator.Serving;

/// <summary>
/// Moves pages under a walk: before every <see cref="Every"/>th page call of a walk (or by chance with <see cref="Percent"/>)
/// a block is mined with 1 to <see cref="Transactions"/> new transactions for the walked address, at most <see cref="Times"/> times.
/// With a depth, the newest blocks are reorganised first.
/// </summary>
public sealed record Shift(
    string Network,
    string? Address = null,
    int Every = 0,
    int Percent = 0,
    int Transactions = 3,
    int Times = int.MaxValue,
    int ReorganiseDepth = 0,
    int MovePercent = 0,
    int DropPercent = 0,
    ulong Seed = 0);

/// <summary>Carries out the shifts, one page call after the other.</summary>
internal sealed class Shifts(SimulatedWorld world, RequestLog log)
{
    private readonly Lock gate = new();
    private readonly Dictionary<(string, string, string), int> callOfWalk = [];
    private readonly List<(Shift Shift, int[] Done)> shifts = [];
    private Randomness random = new(0);
    private volatile bool isEmpty = true;

    public void Set(Shift shift)
    {
        _ = world[shift.Network];
        lock (gate)
        {
            shifts.Add((shift, [0]));
            random = new(shift.Seed);
            isEmpty = false;
        }
    }

    public void Clear()
    {
        lock (gate)
        {
            shifts.Clear();
            callOfWalk.Clear();
            isEmpty = true;
        }
    }

    public void BeforePage(SimulatedNetwork network, string replica, string address, bool isFirst)
    {
        if (isEmpty) return;
        lock (gate)
        {
            var walk = (network.Network.Slug, replica, address);
            var call = callOfWalk[walk] = isFirst ? 0 : callOfWalk.GetValueOrDefault(walk) + 1;
            foreach (var (shift, done) in shifts)
            {
                if (shift.Network != network.Network.Slug || (shift.Address is { } only && only != address) || done[0] >= shift.Times) continue;
                if (!(shift.Every > 0 && call > 0 && call % shift.Every == 0) && !random.Percent(shift.Percent)) continue;
                done[0]++;
                CarryOut(shift, network, address);
                log.AddShift(call > 0);
            }
        }
    }

    private void CarryOut(Shift shift, SimulatedNetwork network, string address)
    {
        if (shift.ReorganiseDepth > 0)
            network.Reorganise(new(shift.Network, shift.ReorganiseDepth, MovePercent: shift.MovePercent, DropPercent: shift.DropPercent,
                Seed: random.Next()));
        if (shift.Transactions > 0)
            network.Mine(new(shift.Network, Addresses: [address], Transactions: 1 + random.Below(shift.Transactions), Seed: random.Next()));
    }
}

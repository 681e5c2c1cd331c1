namespace Wallets;

/// <summary>
/// Each branch of a source has as many addresses as the gap limit says behind its highest used one. What is derived already is not
/// derived again, so deciding twice by the same facts changes nothing.
/// </summary>
internal static class DeriveAddresses
{
    /// <param name="SourceId">The source.</param>
    /// <param name="Descriptor">Its descriptor.</param>
    /// <param name="HighestUsed">By branch, the highest number of which it is known that something was paid to it.</param>
    /// <param name="At">When.</param>
    public sealed record Command(Guid SourceId, Descriptor Descriptor, IReadOnlyDictionary<int, int> HighestUsed, DateTimeOffset At);

    /// <summary>None where the wallet or the source is gone. A full wallet takes as many as have room, in the order of the branches.</summary>
    public static IReadOnlyList<WalletEvent> Decide(Wallet wallet, Command command)
    {
        if (wallet.Status is not WalletStatus.Active || !wallet.Sources.TryGetValue(command.SourceId, out var source)) return [];

        var events = new List<WalletEvent>();
        var room = Wallet.MaxAddresses - wallet.Addresses.Count;
        foreach (var branch in command.Descriptor.Branches)
        {
            var end = Math.Min(command.HighestUsed.GetValueOrDefault(branch.Number, -1) + 1L + source.GapLimit, int.MaxValue);
            for (var index = source.Derived.GetValueOrDefault(branch.Number); index < end; index++)
            {
                var place = new SourcePlace(source.Id, branch.Number, index);
                var address = new ChainAddress(source.Network, branch.AddressAt(index).Text);
                if (wallet.At(address) is { } known)
                {
                    events.Add(new WalletEvent.AddressRecognised(wallet.Id, known.Id, place, command.At));
                    continue;
                }

                if (room-- <= 0) break;
                events.Add(new WalletEvent.AddressImported(
                    wallet.Id, Guid.CreateVersion7(command.At), address.Network, address.Text, null, command.At)
                { Source = place });
            }
        }

        return events;
    }
}

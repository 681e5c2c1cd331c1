namespace ServiceDefaults;

/// <summary>So many at once of all users together, and so many of each: whoever takes all of theirs leaves room for the others.</summary>
public sealed class UserPlaces(int all, int each)
{
    private readonly Lock gate = new();
    private readonly Dictionary<Guid, int> taken = [];
    private int number;

    /// <summary>A place until it is disposed of; null where there is none.</summary>
    public IDisposable? TryTake(Guid user)
    {
        lock (gate)
        {
            var own = taken.GetValueOrDefault(user);
            if (number >= all || own >= each) return null;
            (number, taken[user]) = (number + 1, own + 1);
            return new Place(this, user);
        }
    }

    private void Leave(Guid user)
    {
        lock (gate)
        {
            number--;
            if (--taken[user] == 0) taken.Remove(user);
        }
    }

    private sealed class Place(UserPlaces places, Guid user) : IDisposable
    {
        private int left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref left, 1) == 0) places.Leave(user);
        }
    }
}

using CsCheck;
using ServiceDefaults;
using Shouldly;
using Xunit;

namespace Unit.ServiceDefaults;

public sealed class LeavingRoom
{
    [Fact]
    public void one_who_takes_all_places_of_theirs_leaves_the_others_room()
    {
        var (places, greedy, other) = (new UserPlaces(3, 2), Guid.NewGuid(), Guid.NewGuid());
        var (first, second) = (places.TryTake(greedy), places.TryTake(greedy));
        (first, second).ShouldSatisfyAllConditions(both => both.first.ShouldNotBeNull(), both => both.second.ShouldNotBeNull());
        places.TryTake(greedy).ShouldBeNull("those of one user are taken");
        places.TryTake(other).ShouldNotBeNull();
        places.TryTake(Guid.NewGuid()).ShouldBeNull("all are taken");

        first!.Dispose();
        first.Dispose();
        places.TryTake(greedy).ShouldNotBeNull();
        places.TryTake(greedy).ShouldBeNull("a place that is left twice is one place");
    }

    [Fact]
    public void never_more_than_all_and_never_more_than_each_and_what_is_left_is_free_again() =>
        Gen.Select(Gen.Int[1, 6], Gen.Int[1, 4], Gen.Int[0, 7].Array[0, 60]).Sample((all, each, steps) =>
        {
            var places = new UserPlaces(all, each);
            var users = Enumerable.Range(0, 4).Select(_ => Guid.NewGuid()).ToArray();
            var held = users.ToDictionary(user => user, _ => new Stack<IDisposable>());
            foreach (var step in steps)
            {
                var own = held[users[step % 4]];
                if (step >= 4)
                {
                    if (own.TryPop(out var place)) place.Dispose();
                    continue;
                }

                var free = own.Count < each && held.Values.Sum(one => one.Count) < all;
                var taken = places.TryTake(users[step]);
                (taken is not null).ShouldBe(free);
                if (taken is not null) own.Push(taken);
            }
        });
}

using System.Net;
using Microsoft.Extensions.Options;
using Portfolio.Webhooks;
using Shouldly;
using Xunit;

namespace Unit.Portfolio.Webhooks;

/// <summary>Nothing is posted to whatever is beside us.</summary>
public sealed class RefusingTargets
{
    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("10.1.2.3")]
    [InlineData("100.64.0.1")]
    [InlineData("127.0.0.1")]
    [InlineData("169.254.169.254")]
    [InlineData("172.31.255.255")]
    [InlineData("192.0.0.8")]
    [InlineData("192.0.2.1")]
    [InlineData("192.88.99.1")]
    [InlineData("192.168.0.1")]
    [InlineData("198.19.0.1")]
    [InlineData("198.51.100.7")]
    [InlineData("203.0.113.7")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("64:ff9b::808:808")]
    [InlineData("64:ff9b:1::1")]
    [InlineData("100::1")]
    [InlineData("2001::1")]
    [InlineData("2001:2::1")]
    [InlineData("2001:db8::1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("3fff::1")]
    [InlineData("5f00::1")]
    [InlineData("fc00::1")]
    [InlineData("fd12:3456::1")]
    [InlineData("fe80::1")]
    [InlineData("ff02::1")]
    public void special_addresses_are_refused(string address) => WebhookTargets.IsPublic(IPAddress.Parse(address)).ShouldBeFalse();

    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("172.32.0.1")]
    [InlineData("100.128.0.1")]
    [InlineData("2606:4700:4700::1111")]
    [InlineData("2001:4860:4860::8888")]
    public void public_ones_are_not(string address) => WebhookTargets.IsPublic(IPAddress.Parse(address)).ShouldBeTrue();

    [Theory]
    [InlineData("http://example.com/")]
    [InlineData("ftp://example.com/")]
    [InlineData("https://user:word@example.com/")]
    [InlineData("https://example.com/#part")]
    [InlineData("/hooks")]
    [InlineData("https://127.0.0.1/")]
    [InlineData("https://2130706433/")]
    [InlineData("https://0x7f.1/")]
    [InlineData("https://[::1]/")]
    [InlineData("https://[::ffff:10.0.0.1]/")]
    public void such_urls_are_refused_when_they_are_entered(string url) => Targets().Refusal(url).ShouldNotBeNull();

    [Theory]
    [InlineData("https://example.com/hooks?x=1")]
    [InlineData("https://8.8.8.8:8443/")]
    public void others_are_not(string url) => Targets().Refusal(url).ShouldBeNull();

    [Fact]
    public void who_runs_a_receiver_beside_names_it()
    {
        var targets = Targets("receiver.internal", "10.0.0.0/8", "127.0.0.1");
        targets.Refusal("http://receiver.internal/hooks").ShouldBeNull();
        targets.Refusal("http://10.2.3.4/").ShouldBeNull();
        targets.Refusal("http://127.0.0.1:8080/").ShouldBeNull();
        targets.Refusal("http://192.168.0.1/").ShouldNotBeNull();
    }

    [Fact]
    public void what_is_no_target_is_refused_at_start()
    {
        new WebhookOptions { AllowedTargets = ["10.0.0.0/8", "::1", "receiver.internal"] }.Errors().ShouldBeEmpty();
        new WebhookOptions { AllowedTargets = ["10.0.0.0/99"] }.Errors().Count().ShouldBe(1);
        new WebhookOptions { AllowedTargets = ["https://receiver"] }.Errors().Count().ShouldBe(1);
    }

    private static WebhookTargets Targets(params string[] allowed) => new(Options.Create(new WebhookOptions { AllowedTargets = [.. allowed] }));
}

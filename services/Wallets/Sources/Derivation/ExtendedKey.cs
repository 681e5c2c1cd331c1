using System.Buffers.Binary;
using NBitcoin;
using NBitcoin.DataEncoders;

namespace Wallets;

/// <summary>An extended public key (BIP32). Its children that are not hardened are public keys that anybody can work out.</summary>
internal sealed class ExtendedKey
{
    private const int VersionLength = 4;
    private const int DepthAt = 4;
    private const int FingerprintAt = 5;
    private const int ChildAt = 9;
    private const int KeyAt = 45;
    private const int PayloadLength = 78;

    private readonly ExtPubKey key;

    private ExtendedKey(ExtPubKey key) => this.key = key;

    public int Depth => key.Depth;

    /// <summary>The compressed public key.</summary>
    public byte[] PublicKey => key.PubKey.ToBytes();

    /// <summary>The key Taproot pays to where there is no tree of scripts (BIP86): its x coordinate, tweaked by its own hash.</summary>
    public byte[] OutputKey => key.PubKey.GetTaprootFullPubKey().OutputKey.ToBytes();

    /// <summary>Reads a key in Base58 and which version it was written in.</summary>
    /// <exception cref="ServiceDefaults.DomainException"><c>invalid-source</c>, with what is wrong as BIP32's fifth vector has it.</exception>
    public static (ExtendedKey Key, KeyVersion Version) Read(string text)
    {
        byte[] payload;
        try
        {
            payload = Encoders.Base58Check.DecodeData(text);
        }
        catch (FormatException)
        {
            throw NoSource.Refusal(NoSource.Checksum, "The extended key's checksum does not match: a character is wrong or missing.");
        }

        if (payload.Length != PayloadLength)
            throw NoSource.Refusal(NoSource.Length, $"An extended key holds {PayloadLength} bytes, this one {payload.Length}.");
        var bytes = BinaryPrimitives.ReadUInt32BigEndian(payload);
        var version = KeyVersion.All.FirstOrDefault(known => known.Bytes == bytes)
            ?? throw NoSource.Refusal(NoSource.Version, $"The version bytes 0x{bytes:x8} stand for no kind of extended key that is known here.");
        if (payload[DepthAt] == 0 && payload.AsSpan(FingerprintAt, KeyAt - FingerprintAt - 32).ContainsAnyExcept((byte)0))
            throw NoSource.Refusal(NoSource.Key, "The extended key says that it is a wallet's first and names a parent.");
        try
        {
            return (new(new ExtPubKey(
                new PubKey(payload[KeyAt..]), payload[(ChildAt + 4)..KeyAt], payload[DepthAt],
                new HDFingerprint(payload.AsSpan(FingerprintAt, 4)), BinaryPrimitives.ReadUInt32BigEndian(payload.AsSpan(ChildAt)))), version);
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw NoSource.Refusal(NoSource.Key, "The extended key holds no public key: its point is not on the curve.");
        }
    }

    /// <summary>The child of this number, not hardened.</summary>
    public ExtendedKey Child(int number) => new(key.Derive((uint)number));

    /// <summary>The child at the end of these steps, none hardened.</summary>
    public ExtendedKey At(IEnumerable<int> steps) => steps.Aggregate(this, (parent, step) => parent.Child(step));

    /// <summary>The same key written in another version.</summary>
    public string Write(uint version)
    {
        var payload = new byte[PayloadLength];
        BinaryPrimitives.WriteUInt32BigEndian(payload, version);
        key.ToBytes().CopyTo(payload, VersionLength);
        return Encoders.Base58Check.EncodeData(payload);
    }
}

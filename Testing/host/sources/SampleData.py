"""Sample Data for the test host: modules register their samples, which are fetched, checked and loaded.

The part of Slicer's module without its panel: no built-in samples, and addresses are taken as they are.
"""

from __future__ import annotations

import logging
import os
import urllib.request
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import slicer
import slicer.util
import vtk

ATTEMPTS = 3
URL_ARGUMENTS = (
    "uris",
    "fileNames",
    "nodeNames",
    "checksums",
    "loadFiles",
    "customDownloader",
    "loadFileTypes",
    "loadFileProperties",
)


class SampleDataSource:
    """One sample: a file, or several of which each has its own address, name, checksum and node name."""

    def __init__(
        self,
        sampleName: str | None = None,
        sampleDescription: str | None = None,
        uris: Any = None,
        fileNames: Any = None,
        nodeNames: Any = None,
        checksums: Any = None,
        loadFiles: Any = None,
        customDownloader: Any = None,
        thumbnailFileName: str | None = None,
        loadFileTypes: Any = None,
        loadFileProperties: dict[str, Any] | None = None,
        loadFileType: Any = None,
    ) -> None:
        self.sampleName = sampleName
        self.sampleDescription = sampleDescription or sampleName
        self.customDownloader = customDownloader
        self.thumbnailFileName = thumbnailFileName
        self.loadFileProperties = loadFileProperties or {}
        if loadFileType is not None and loadFileTypes is not None:
            raise ValueError("loadFileType is the old name of loadFileTypes: give one of them")
        several = not isinstance(uris, str)
        count = len(uris) if several else 1
        types = loadFileType if loadFileTypes is None else loadFileTypes
        self.uris = list(uris) if several else [uris]
        self.fileNames = fileNames if several else [fileNames]
        self.nodeNames = self._each(nodeNames, several, count)
        self.checksums = self._each(checksums, several, count)
        self.loadFiles = self._each(loadFiles, several, count)
        self.loadFileTypes = [types] * count if isinstance(types, str) else self._each(types, several, count)
        lists = (self.fileNames, self.nodeNames, self.checksums, self.loadFiles, self.loadFileTypes)
        if any(len(values) != count for values in lists):
            raise ValueError(f"{sampleName}: every list must have {count} members, as many as uris: {lists}")

    @staticmethod
    def _each(values: Any, several: bool, count: int) -> Any:
        """One value for each address."""
        return values if several and values is not None else [values] * count

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SampleDataSource) and vars(self) == vars(other)

    __hash__ = None


def _registered(attribute: str) -> dict[str, Any]:
    """A dictionary that all users share through slicer.modules, as in Slicer."""
    if not hasattr(slicer.modules, attribute):
        setattr(slicer.modules, attribute, {})
    return getattr(slicer.modules, attribute)


class SampleDataLogic:
    """Registering samples, and loading them by name or address."""

    @staticmethod
    def registerCustomSampleDataCategory(category: str, title: str) -> None:
        """Give a category the title that users see."""
        _registered("sampleDataSourceCategories").setdefault(category, {})["title"] = title

    @staticmethod
    def registerCustomSampleDataSource(
        category: str = "Custom",
        sampleName: str | None = None,
        uris: Any = None,
        fileNames: Any = None,
        nodeNames: Any = None,
        customDownloader: Any = None,
        thumbnailFileName: str | None = None,
        loadFileTypes: Any = None,
        loadFiles: Any = None,
        loadFileProperties: dict[str, Any] | None = None,
        checksums: Any = None,
        loadFileType: Any = None,
    ) -> None:
        """List a sample in a category; registering an equal one again adds nothing."""
        source = SampleDataSource(
            sampleName=sampleName,
            uris=uris,
            fileNames=fileNames,
            nodeNames=nodeNames,
            customDownloader=customDownloader,
            thumbnailFileName=thumbnailFileName,
            loadFileTypes=loadFileTypes,
            loadFiles=loadFiles,
            loadFileProperties=loadFileProperties,
            checksums=checksums,
            loadFileType=loadFileType,
        )
        if not SampleDataLogic.isSampleDataSourceRegistered(category, source):
            _registered("sampleDataSources").setdefault(category, []).append(source)

    @staticmethod
    def categoryTitle(category: str) -> str:
        """Title of a category, or its name."""
        return _registered("sampleDataSourceCategories").get(category, {}).get("title", category)

    @staticmethod
    def sampleDataSourcesByCategory(category: str | None = None) -> Any:
        """The samples of a category, or all of them by category."""
        sources = _registered("sampleDataSources")
        return sources if category is None else sources.get(category, [])

    @staticmethod
    def isSampleDataSourceRegistered(category: str, sampleDataSource: SampleDataSource) -> bool:
        """Whether an equal sample is listed in the category."""
        return sampleDataSource in SampleDataLogic.sampleDataSourcesByCategory(category)

    def __init__(self, logMessage: Any = None) -> None:
        if logMessage:
            self.logMessage = logMessage

    def logMessage(self, message: str, logLevel: int = logging.DEBUG) -> None:
        logging.log(logLevel, message)

    def sourceForSampleName(self, sampleName: str) -> SampleDataSource | None:
        """The sample of that name in any category."""
        sources = [source for listed in _registered("sampleDataSources").values() for source in listed]
        return next((source for source in sources if source.sampleName == sampleName), None)

    def categoryForSource(self, a_source: SampleDataSource) -> str | None:
        """The category that lists a sample."""
        listed = _registered("sampleDataSources").items()
        return next((category for category, sources in listed if a_source in sources), None)

    def downloadSample(self, sampleName: str) -> Any:
        """Load a sample by name; the first node."""
        return self.downloadSamples(sampleName)[0]

    def downloadSamples(self, sampleName: str) -> list[Any]:
        """Load a sample by name; its nodes, none when there is no such sample."""
        source = self.sourceForSampleName(sampleName)
        return self.downloadFromSource(source) if source else []

    def downloadFromURL(self, *args: Any, forceDownload: bool = False, **kwargs: Any) -> list[Any]:
        """Fetch and load files; arguments as of SampleDataSource, starting with uris."""
        source = SampleDataSource(**dict(zip(URL_ARGUMENTS, args, strict=False)), **kwargs)
        return self.downloadFromSource(source, forceDownload=forceDownload)

    def downloadFromSource(
        self, source: SampleDataSource, maximumAttemptsCount: int = ATTEMPTS, forceDownload: bool = False
    ) -> list[Any]:
        """Fetch a sample's files and load them.

        Returns the nodes (or the path for a file that is not to be loaded); only if there are none, the
        paths of files that were fetched as company of others. Every file is tried several times.
        """
        loaded: list[Any] = []
        paths: list[Any] = []
        allNamed = all(name is None for name in source.nodeNames)
        for place, uri in enumerate(source.uris):
            load, nodeName = source.loadFiles[place], source.nodeNames[place]
            stem = Path(source.fileNames[place] or url2pathname(urlsplit(uri).path)).stem
            if nodeName is None and allNamed and load is not False:
                nodeName = stem
            for attempt in range(maximumAttemptsCount):
                outcome = self._once(source, place, nodeName, forceDownload)
                if outcome is not None:
                    (loaded if nodeName else paths).append(outcome)
                    break
                self.logMessage(
                    f"{uri}: attempt {attempt + 1} of {maximumAttemptsCount} failed", logging.ERROR
                )
        return loaded or paths

    def _once(self, source: SampleDataSource, place: int, nodeName: str | None, again: bool) -> Any:
        """One attempt at one file: its node or path, None when it failed."""
        uri, load = source.uris[place], source.loadFiles[place]
        # Files of one name may come from several places: without a name of its own each gets a new one.
        name = source.fileNames[place] or f"{uuid.uuid4().hex}-{Path(url2pathname(urlsplit(uri).path)).name}"
        try:
            path = self.downloadFileIntoCache(uri, name, source.checksums[place], forceDownload=again)
        except ValueError as error:
            self.logMessage(str(error), logging.ERROR)
            return None
        if not nodeName or load is False:
            return path
        node = self.loadNode(path, nodeName, source.loadFileTypes[place], dict(source.loadFileProperties))
        if node is None:
            Path(path).unlink(missing_ok=True)  # perhaps only half of it came
        return node

    def downloadSourceIntoCache(self, source: SampleDataSource) -> list[str]:
        """Fetch a sample's files without loading them; their paths."""
        files = zip(source.uris, source.fileNames, source.checksums, strict=True)
        return [self.downloadFileIntoCache(uri, name, checksum) for uri, name, checksum in files]

    def downloadFileIntoCache(
        self, uri: str, name: str, checksum: str | None = None, forceDownload: bool = False
    ) -> str:
        """Fetch a file into the scene's cache folder; its path there. ValueError when it does not come."""
        folder = slicer.mrmlScene.GetCacheManager().GetRemoteCacheDirectory()
        os.makedirs(folder, exist_ok=True)
        return self.downloadFile(uri, folder, name, checksum, forceDownload=forceDownload)

    def downloadFile(
        self,
        uri: str,
        destFolderPath: str,
        name: str,
        checksum: str | None = None,
        forceDownload: bool = False,
    ) -> str:
        """Fetch a file; a good one that is already there is used again.

        `checksum`: "SHA256:<hex digits>"; a file that has another is removed.
        """
        path = Path(destFolderPath, name)
        algorithm, expected = slicer.util.extractAlgoAndDigest(checksum)
        known = path.is_file() and path.stat().st_size > 0 and not forceDownload
        if known and (algorithm is None or slicer.util.computeChecksum(algorithm, str(path)) == expected):
            return str(path)
        try:
            urllib.request.urlretrieve(uri, path)
        except OSError as error:
            raise ValueError(f"{uri} could not be fetched: {error}") from error
        if algorithm is not None and slicer.util.computeChecksum(algorithm, str(path)) != expected:
            path.unlink()
            raise ValueError(f"{uri}: the checksum is not {checksum}")
        return str(path)

    def loadNode(
        self,
        uri: str,
        name: str | None,
        fileType: str | None = None,
        fileProperties: dict[str, Any] | None = None,
    ) -> Any:
        """Read a file into the scene; its first node, None when it cannot be read."""
        properties = {**(fileProperties or {}), "fileName": uri, **({"name": name} if name else {})}
        manager, nodes = slicer.app.coreIOManager(), vtk.vtkCollection()
        manager.loadNodes(fileType or manager.fileType(uri), properties, nodes)
        for index in range(nodes.GetNumberOfItems()):
            self._forget_file(nodes.GetItemAsObject(index))
        return nodes.GetItemAsObject(0)

    @staticmethod
    def _forget_file(node: Any) -> None:
        """The file in the cache may go at any time, so saving the scene must not refer to it."""
        storage = node.GetStorageNode() if node.IsA("vtkMRMLStorableNode") else None
        if storage:
            slicer.mrmlScene.RemoveNode(storage)
            node.SetAndObserveStorageNodeID(None)


def downloadFromURL(*args: Any, **kwargs: Any) -> list[Any]:
    """Fetch and load files: see SampleDataLogic.downloadFromURL."""
    return SampleDataLogic().downloadFromURL(*args, **kwargs)


def downloadSample(sampleName: str) -> Any:
    """Load a registered sample; its first node."""
    return SampleDataLogic().downloadSample(sampleName)


def downloadSamples(sampleName: str) -> list[Any]:
    """Load a registered sample; its nodes."""
    return SampleDataLogic().downloadSamples(sampleName)
